// Which node an etcd member belongs to. Addresses and names repeat over the life of a cluster, and a wrong match
// removes the wrong vote.
import { describe, expect, it } from "vitest";
import type { Assignment } from "../../../crd-like-specs/resources/assignment.ts";
import { memberId } from "../../../crd-like-specs/resources/ids.ts";
import { InstantCluster, idOf } from "../../../test/sim/instant-cluster.ts";

/** Node 5 was rebuilt at the address of node 4, which is no longer registered. */
function rebuilt(): InstantCluster {
  const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
  const [former, rebuilt] = [model.swarmNodes.get(4), model.swarmNodes.get(5)];
  if (!former || !rebuilt) throw new Error("nodes 4 and 5 exist");
  model.swarmNodes.set(4, { ...former, state: "down", address: "10.0.0.5" });
  model.registrations.delete(idOf(4));
  return model;
}

function membersOf(model: InstantCluster): Record<string, string | undefined> {
  return Object.fromEntries(model.world().nodes.map(node => [node.name, node.member?.id]));
}

describe("the node of an etcd member", () => {
  it("is the registered one where two nodes have its address", () => {
    const model = rebuilt();
    model.apply({ type: "etcd-add-learner", name: "h5", peerUrl: "", operation: operationOn(model) });
    expect(membersOf(model)).toMatchObject({ h4: undefined, h5: "a5" });
  });

  it("is the one with the member in its assignment, even if another node has its address now", () => {
    const model = rebuilt();
    const etcd: Assignment["etcd"] = { mode: "member", endpoints: [], member: memberId("a5"), initialCluster: [] };
    model.assignments.set(idOf(4), { generation: 1, role: "manager", etcd, units: [] });
    model.apply({ type: "etcd-add-learner", name: "h5", peerUrl: "", operation: operationOn(model) });
    expect(membersOf(model)).toMatchObject({ h4: "a5", h5: undefined });
  });

  it("becomes a manager, and does not count as a part of another node", () => {
    const model = rebuilt();
    model.swarmNodes.delete(3);
    model.members.delete(3);
    model.registrations.delete(idOf(3));
    model.statuses.delete(idOf(3));
    for (let round = 0; round < 20; round++) {
      for (const action of model.plan().actions) model.apply(action);
      const former = model.statuses.get(idOf(4));
      model.applyAssignments();
      if (former) model.statuses.set(idOf(4), former);
    }
    expect(model.managers()).toEqual([1, 2, 5]);
    expect(model.plan().actions).toEqual([]);
    expect(model.plan().report?.ready).toBe(true);
  });
});

function operationOn(model: InstantCluster) {
  const at = new Date(model.now).toISOString();
  const swarmNode = model.swarmNodes.get(5)?.id;
  if (!swarmNode) throw new Error("node 5 exists");
  return {
    ...({ id: "o", kind: "promote", node: idOf(5), name: "h5", address: "10.0.0.5", swarmNode } as const),
    ...{ step: { id: "begin", text: "" }, reason: "", startedAt: at, deadline: at, rollingBack: false },
  };
}

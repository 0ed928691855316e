// Breaks each invariant on purpose: the check must report the violation, independently of the planner's reasons.
import { describe, expect, it } from "vitest";
import { memberId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import type { Action } from "./actions.ts";
import { check } from "./check.ts";

/** The violations of these actions while an operation is in progress. */
function violations(cluster: InstantCluster, ...actions: Action[]): string[] {
  const [begin] = new InstantCluster(5, [1, 2, 3], [1], 3).plan().actions.filter(a => a.type === "record-operation");
  if (begin?.type === "record-operation") cluster.operation ??= begin.operation;
  return check(cluster.world(), actions);
}

const remove = (n: number): Action => ({ type: "etcd-remove", name: `h${n}`, member: memberId(`a${n}`) });
const demote = (n: number): Action => ({ type: "swarm-demote", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`) });
const promote = (n: number): Action => ({ type: "swarm-promote", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`) });

describe("check rejects", () => {
  it("two membership steps at once", () => {
    const cluster = new InstantCluster(5, [1, 2, 3, 4, 5], [1, 2, 3], 3);
    expect(violations(cluster, remove(4), remove(5))[0]).toContain("more than one membership step");
  });

  it("a membership step without a journalled operation", () => {
    const cluster = new InstantCluster(5, [1, 2, 3, 4], [1, 2, 3], 3);
    expect(check(cluster.world(), [remove(4)])).toEqual(["etcd-remove without a journalled operation"]);
  });

  it("a second operation, and any operation while paused", () => {
    const cluster = new InstantCluster(5, [1, 2, 3], [1], 3);
    const [begin] = cluster.plan().actions.filter(action => action.type === "record-operation");
    if (begin?.type !== "record-operation") throw new Error("a promotion is due");
    cluster.operation = { ...begin.operation, id: "another" };
    expect(check(cluster.world(), [begin])).toEqual(["a second operation while one is in flight"]);
    cluster.operation = undefined;
    cluster.spec = { ...cluster.spec, paused: true };
    expect(check(cluster.world(), [begin])).toEqual(["a membership change while spec/paused is true"]);
  });

  it("a removal that loses a quorum or the last voter", () => {
    const weak = new InstantCluster(3, [1, 2, 3], [1], 3);
    const h2 = weak.members.get(2);
    if (h2) weak.members.set(2, { ...h2, healthy: false });
    expect(violations(weak, remove(3))).toEqual(["removing h3 leaves 1 of 2 etcd voters healthy"]);
    expect(violations(new InstantCluster(1, [1], [], 1), remove(1))).toEqual(["removing h1, the last etcd voter"]);
    expect(violations(new InstantCluster(1, [1], [1], 1), demote(1))).toEqual(["demoting h1, the last swarm manager"]);
    const unreachable = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    const n2 = unreachable.swarmNodes.get(2);
    if (n2?.manager) unreachable.swarmNodes.set(2, { ...n2, manager: { ...n2.manager, reachable: false } });
    expect(violations(unreachable, demote(3))).toEqual(["demoting h3 leaves 1 of 2 managers reachable"]);
  });

  it("the demotion of the leader of two managers", () => {
    const cluster = new InstantCluster(2, [1, 2], [1, 2], 1);
    expect(violations(cluster, demote(1))).toEqual(["demoting h1, the leader of two managers"]);
  });

  it("the removal of a swarm manager from etcd", () => {
    const cluster = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    expect(violations(cluster, remove(3))).toEqual(["removing h3 from etcd while it is a swarm manager"]);
    // Also where its agent has not reported yet, so that only the address identifies it.
    cluster.statuses.delete(idOf(3));
    expect(violations(cluster, remove(3))).toEqual(["removing h3 from etcd while it is a swarm manager"]);
  });

  it("a swarm promotion of a node that is not a healthy etcd voter", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    expect(violations(cluster, promote(4))).toEqual(["promoting h4 in the swarm before it is a healthy etcd voter"]);
  });

  it("the removal of a vote on an old observation", () => {
    const cluster = new InstantCluster(4, [1, 2, 3, 4], [1, 2, 3], 3);
    const world = cluster.world();
    cluster.operation = undefined;
    const late = { ...world, input: { ...world.input, now: world.input.now + 11_000 } };
    expect(check(late, [remove(4)])).toContain("removing a vote on an observation that is not fresh");
  });

  it("the removal of a swarm node that is up or a manager", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
    const removeNode = (n: number): Action => ({
      type: "swarm-remove-node",
      name: `h${n}`,
      swarmNode: swarmNodeId(`s${n}`),
      why: "which has left",
      force: false,
    });
    expect(violations(cluster, removeNode(3))).toEqual(["removing h3, which is a manager or not down"]);
    expect(violations(cluster, removeNode(4))).toEqual(["removing h4, which is a manager or not down"]);
  });

  it("a drain without a request, and the end of a drain that is requested or set manually", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
    const set = (n: number, drained: boolean): Action => ({
      ...{ type: "swarm-set-drained", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`), drained },
      ...{ topic: "node", why: "a test" },
    });
    const found = (...actions: Action[]) => check(cluster.world(), actions);
    expect(found(set(4, true))).toEqual(["draining h4 although nothing requests it"]);
    expect(found(set(4, false))).toEqual(["ending the drain of h4, which swarmkeeper did not set"]);
    cluster.spec = { ...cluster.spec, nodes: { [idOf(4)]: { eligible: true, paused: false, drain: true } } };
    expect(found(set(4, true))).toEqual([]);
    cluster.apply(set(4, true));
    expect(found(set(4, false))).toEqual(["ending the drain of h4 while it is requested"]);
    cluster.spec = { ...cluster.spec, paused: true };
    expect(found(set(4, true))).toEqual(["draining while spec/paused is true"]);
  });

  it("wiping the data of a member that is still listed", () => {
    const cluster = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    const assignment = {
      generation: 2,
      role: "worker" as const,
      etcd: { mode: "proxy" as const, endpoints: [], removed: memberId("a3") },
      units: [],
    };
    const write: Action = { type: "write-assignment", node: idOf(3), name: "h3", assignment };
    expect(violations(cluster, write)).toEqual(["reporting member a3 as removed to h3 while it is listed"]);
  });
});

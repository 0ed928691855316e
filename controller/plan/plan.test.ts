// The planner against a model of both rafts that applies actions at once. From every start the cluster reaches the
// wanted number of managers by steps that pass the check, and then the plan is empty.
import { describe, expect, it } from "vitest";
import { memberId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import { actionName } from "../../test/sim/action-name.ts";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";

const membership = (log: string[]) => log.filter(line => !line.startsWith("write-"));

describe("plan", () => {
  it("promotes etcd voters in the swarm without changing etcd", () => {
    const model = new InstantCluster(5, [1, 2, 3], [1], 3);
    const log = membership(model.converge());
    expect(model.managers()).toEqual([1, 2, 3]);
    expect(log).toEqual([
      "begin promote h2",
      "swarm-promote h2",
      "end promote h2 done",
      "begin promote h3",
      "swarm-promote h3",
      "end promote h3 done",
    ]);
    expect(model.plan().report?.ready).toBe(true);
  });

  it("makes a worker a learner, then a voter, and a swarm manager last", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    const log = membership(model.converge());
    expect(log.slice(0, 5)).toEqual([
      "begin promote h4",
      "etcd-add-learner h4",
      "etcd-promote h4",
      "swarm-promote h4",
      "end promote h4 done",
    ]);
    const { report } = model.plan();
    expect(report?.ready).toBe(false);
    expect(report?.waiting[0]?.reason).toBe("NoCandidate");
  });

  it("drains a node while its key requests it, reports why, and ends only its own drains", () => {
    const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
    model.converge();
    const manually = model.swarmNodes.get(5);
    if (manually) model.swarmNodes.set(5, { ...manually, availability: "drain" });
    const drain = (...numbers: number[]) => {
      const entries = numbers.map(n => [idOf(n), { eligible: true, paused: false, drain: true }] as const);
      model.spec = { ...model.spec, nodes: Object.fromEntries(entries) };
      model.log.length = 0;
      return model.converge();
    };
    expect(drain(4, 5)).toEqual(["drain h4"]);
    const drained = () =>
      model.plan().report?.swarm.nodes.flatMap(({ name, drained: why }) => (why ? [[name, why.reason]] : []));
    expect(drained()).toEqual([
      ["h4", "Operator"],
      ["h5", "Operator"],
    ]);
    expect(drain()).toEqual(["undrain h4"]);
    expect(drained()).toEqual([["h5", "Manually"]]);
  });

  it("does not promote a learner that no longer answers", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    while (model.members.get(4)?.learner !== true) for (const action of model.plan().actions) model.apply(action);
    const learner = model.members.get(4);
    if (learner) model.members.set(4, { ...learner, healthy: false });
    expect(model.plan().actions.filter(({ type }) => type !== "write-assignment")).toEqual([]);
    expect(model.plan().report?.waiting[0]).toMatchObject({ what: "h4", reason: "LearnerUnreachable" });
  });

  it("begins no operation while an unmanaged etcd member has not started", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    const other = { name: "", peerUrls: ["http://10.0.0.99:2380"], clientUrls: [], healthy: false, leader: false };
    model.members.set(99, { ...other, id: memberId("f9"), learner: false });
    model.applyAssignments();
    for (let round = 0; round < 5; round++) for (const action of model.plan().actions) model.apply(action);
    expect(model.operation).toBeUndefined();
    expect(model.plan().report?.waiting[0]?.why).toBe("unreachable; then: remove it from etcd, promote h4");
  });

  it("demotes in the swarm first, then in etcd, and assigns which data may be wiped", () => {
    const model = new InstantCluster(5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 3);
    const log = membership(model.converge());
    expect(model.managers()).toEqual([1, 2, 3]);
    expect(log.slice(0, 4)).toEqual(["begin demote h5", "swarm-demote h5", "etcd-remove h5", "end demote h5 done"]);
    expect(model.assignments.get(idOf(5))).toMatchObject({ role: "worker", etcd: { mode: "proxy", removed: "a5" } });
  });

  it("keeps the swarm leader when one manager is wanted, and resigns before its own node is demoted", () => {
    const model = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 1);
    model.self = 2;
    const log = membership(model.converge());
    expect(model.managers()).toEqual([1]);
    expect(log.indexOf("resign")).toBeGreaterThan(log.indexOf("end demote h3 done"));
  });

  it("moves etcd's leadership before the etcd leader is demoted", () => {
    const model = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 1);
    for (const [n, member] of model.members) model.members.set(n, { ...member, leader: n === 3 });
    const log = membership(model.converge());
    expect(model.managers()).toEqual([1]);
    const moved = log.indexOf("etcd-move-leader h3");
    expect(moved).toBeGreaterThanOrEqual(0);
    expect(moved).toBeLessThan(log.indexOf("swarm-demote h3"));
  });

  it("converges from every combination of rafts, wanted number and leader", () => {
    for (const wanted of [1, 3, 5]) {
      for (const count of [1, 2, 3, 4, 5]) {
        for (const swarmCount of [1, 2, 3, 4, 5]) {
          for (const self of Array.from({ length: swarmCount }, (_, index) => index + 1)) {
            const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
            const model = new InstantCluster(6, upTo(count), upTo(swarmCount), wanted);
            model.self = self;
            model.converge();
            expect(model.managers(), JSON.stringify({ wanted, count, swarmCount, self })).toHaveLength(wanted);
          }
        }
      }
    }
  });

  it("waits for a raft without a quorum, and reports which", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    const h3 = model.members.get(3);
    if (h3) model.members.set(3, { ...h3, healthy: false });
    const h2 = model.members.get(2);
    if (h2) model.members.set(2, { ...h2, healthy: false });
    const { actions, report } = model.plan();
    expect(actions.filter(action => action.type === "record-operation")).toEqual([]);
    expect(report?.waiting).toMatchObject([{ what: "etcd", reason: "QuorumLost" }]);
  });

  it("does not promote ineligible nodes, and reports why", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    model.converge();
    const ineligible = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    ineligible.spec = { ...ineligible.spec, nodes: { [idOf(4)]: { eligible: false, paused: false, drain: false } } };
    ineligible.converge();
    expect(ineligible.managers()).toEqual([1, 2, 3]);
    expect(ineligible.plan().report?.waiting[0]?.why).toContain("h4: not eligible");
  });

  it("does not promote a demoted node within a minute", () => {
    const model = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 1);
    model.converge();
    model.spec = { ...model.spec, managers: 3 };
    model.converge();
    expect(model.managers()).toEqual([1]);
    const planned = model.plan();
    expect(planned.report?.waiting[0]?.why).toContain("was a manager less than a minute ago");
    expect(planned.requeueAfterMs).toBe(60_000);
    model.now += 60_000;
    model.converge();
    expect(model.managers()).toEqual([1, 2, 3]);
  });

  it("rolls back a promotion that does not finish in time", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    while (!model.members.has(4)) for (const action of model.plan().actions) model.apply(action);
    expect(model.members.get(4)?.learner).toBe(true);
    model.now += 6 * 60_000;
    const outcomes: string[] = [];
    for (let round = 0; round < 6 && model.operation; round++)
      for (const action of model.plan().actions) {
        outcomes.push(actionName(action));
        model.apply(action);
      }
    expect(outcomes).toContain("etcd-remove h4");
    expect(outcomes).toContain("end promote h4 rolled back");
  });

  it("changes nothing while paused, and reports the pause", () => {
    const model = new InstantCluster(5, [1, 2, 3], [1], 3);
    model.spec = { ...model.spec, paused: true };
    const { actions, report } = model.plan();
    expect(actions).toEqual([]);
    expect(report?.waiting[0]?.reason).toBe("Paused");
  });

  it("removes the swarm node that an agent has reported as left, and no other", () => {
    const model = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    model.converge();
    const ghost = (id: string): SwarmNode => ({
      ...(model.swarmNodes.get(3) as SwarmNode),
      id: swarmNodeId(id),
      role: "worker",
      manager: undefined,
      state: "down",
    });
    model.swarmNodes.set(8, ghost("left"));
    model.swarmNodes.set(9, ghost("lost"));
    const status = model.statuses.get(idOf(3));
    if (status) model.statuses.set(idOf(3), { ...status, left: [swarmNodeId("left")] });
    expect(model.plan().actions).toEqual([
      { type: "swarm-remove-node", name: "h3", swarmNode: "left", why: "which has left", force: false },
    ]);
  });
});

// Each promise broken on purpose: the check must name it, whatever a planner may have meant by it.
import { describe, expect, it } from "vitest";
import { memberId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import type { Action } from "./actions.ts";
import { check } from "./check.ts";

/** The objections to these actions while an operation is in flight. */
function objections(cluster: InstantCluster, ...actions: Action[]): string[] {
  const [begin] = new InstantCluster(5, [1, 2, 3], [1], 3).plan().actions.filter(a => a.type === "record-operation");
  if (begin?.type === "record-operation") cluster.operation ??= begin.operation;
  return check(cluster.world(), actions);
}

const remove = (n: number): Action => ({ type: "etcd-remove", name: `h${n}`, member: memberId(`a${n}`) });
const demote = (n: number): Action => ({ type: "swarm-demote", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`) });
const promote = (n: number): Action => ({ type: "swarm-promote", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`) });

describe("check objects to", () => {
  it("two membership steps at once", () => {
    const cluster = new InstantCluster(5, [1, 2, 3, 4, 5], [1, 2, 3], 3);
    expect(objections(cluster, remove(4), remove(5))[0]).toContain("more than one membership step");
  });

  it("a membership step that nobody journalled", () => {
    const cluster = new InstantCluster(5, [1, 2, 3, 4], [1, 2, 3], 3);
    expect(check(cluster.world(), [remove(4)])).toEqual(["etcd-remove without a journalled operation"]);
  });

  it("a second operation, and any while paused", () => {
    const cluster = new InstantCluster(5, [1, 2, 3], [1], 3);
    const [begin] = cluster.plan().actions.filter(action => action.type === "record-operation");
    if (begin?.type !== "record-operation") throw new Error("a promotion is due");
    cluster.operation = { ...begin.operation, id: "another" };
    expect(check(cluster.world(), [begin])).toEqual(["a second operation while one is in flight"]);
    cluster.operation = undefined;
    cluster.spec = { ...cluster.spec, paused: true };
    expect(check(cluster.world(), [begin])).toEqual(["a membership change while spec/paused is true"]);
  });

  it("losing either quorum, or the last voter", () => {
    const weak = new InstantCluster(3, [1, 2, 3], [1], 3);
    const h2 = weak.members.get(2);
    if (h2) weak.members.set(2, { ...h2, healthy: false });
    expect(objections(weak, remove(3))).toEqual(["removing h3 leaves 1 of 2 etcd voters healthy"]);
    expect(objections(new InstantCluster(1, [1], [], 1), remove(1))).toEqual(["removing h1, the last etcd voter"]);
    expect(objections(new InstantCluster(1, [1], [1], 1), demote(1))).toEqual(["demoting h1, the last swarm manager"]);
    const faint = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    const n2 = faint.nodes.get(2);
    if (n2?.manager) faint.nodes.set(2, { ...n2, manager: { ...n2.manager, reachable: false } });
    expect(objections(faint, demote(3))).toEqual(["demoting h3 leaves 1 of 2 managers reachable"]);
  });

  it("demoting the leader of two managers", () => {
    const cluster = new InstantCluster(2, [1, 2], [1, 2], 1);
    expect(objections(cluster, demote(1))).toEqual(["demoting h1, the leader of two managers"]);
  });

  it("taking a swarm manager out of etcd", () => {
    const cluster = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
    expect(objections(cluster, remove(3))).toEqual(["removing h3 from etcd while it is a swarm manager"]);
    // Also where its agent has said nothing yet, so that only the address tells.
    cluster.statuses.delete(idOf(3));
    expect(objections(cluster, remove(3))).toEqual(["removing h3 from etcd while it is a swarm manager"]);
  });

  it("promoting in the swarm what is no healthy etcd voter", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
    expect(objections(cluster, promote(4))).toEqual(["promoting h4 in the swarm before it is a healthy etcd voter"]);
  });

  it("removing a vote on an old observation", () => {
    const cluster = new InstantCluster(4, [1, 2, 3, 4], [1, 2, 3], 3);
    const world = cluster.world();
    cluster.operation = undefined;
    const late = { ...world, input: { ...world.input, now: world.input.now + 11_000 } };
    expect(check(late, [remove(4)])).toContain("removing a vote on an observation that is not fresh");
  });

  it("removing a node that is up or a manager", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
    const sweep = (n: number): Action => ({
      type: "swarm-remove-node",
      name: `h${n}`,
      swarmNode: swarmNodeId(`s${n}`),
      why: "which has left",
      force: false,
    });
    expect(objections(cluster, sweep(3))).toEqual(["removing h3, which is a manager or not down"]);
    expect(objections(cluster, sweep(4))).toEqual(["removing h4, which is a manager or not down"]);
  });

  it("draining what nobody asks for, and undoing what is not ours or is asked for", () => {
    const cluster = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
    const set = (n: number, drained: boolean): Action => ({
      ...{ type: "swarm-set-drained", name: `h${n}`, swarmNode: swarmNodeId(`s${n}`), drained },
      ...{ topic: "node", why: "a test" },
    });
    const said = (...actions: Action[]) => check(cluster.world(), actions);
    expect(said(set(4, true))).toEqual(["draining h4, which nobody asks for"]);
    expect(said(set(4, false))).toEqual(["undoing the drain of h4, which is not ours"]);
    cluster.spec = { ...cluster.spec, nodes: { [idOf(4)]: { eligible: true, paused: false, drain: true } } };
    expect(said(set(4, true))).toEqual([]);
    cluster.apply(set(4, true));
    expect(said(set(4, false))).toEqual(["undoing the drain of h4, which is asked for"]);
    cluster.spec = { ...cluster.spec, paused: true };
    expect(said(set(4, true))).toEqual(["draining while spec/paused is true"]);
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
    expect(objections(cluster, write)).toEqual(["telling h3 that member a3 is removed while it is listed"]);
  });
});

// Dead managers: when a manager counts as dead, the order of its replacement, and when nothing is done.
import { describe, expect, it } from "vitest";
import { memberId, swarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import { InstantCluster, idOf, NOW } from "../../../test/sim/instant-cluster.ts";
import type { PlanInput } from "../../state/input.ts";
import { worldOf } from "../../state/world.ts";
import { plan } from "../plan.ts";

const GRACE_MS = 60_000;

/** A converged cluster with a manager that has just died and is unreachable for one round. */
function withDead(n: number, { nodes = 5, wanted = 3 } = {}): InstantCluster {
  const upTo = Array.from({ length: wanted }, (_, index) => index + 1);
  const model = new InstantCluster(nodes, upTo, upTo, wanted);
  model.converge();
  model.now += 60_000;
  model.kill(n);
  model.round();
  model.log.length = 0;
  return model;
}

const waiting = (model: InstantCluster) => model.plan().report?.waiting ?? [];
const steps = (model: InstantCluster) => model.log.filter(line => !/^write-(assignment|swarm-record)/.test(line));

function later(model: InstantCluster, ms: number): InstantCluster {
  model.now += ms;
  return model;
}

describe("a dead manager", () => {
  it("is waited for through its grace, with the end of the grace in the report", () => {
    const model = withDead(3);
    expect(waiting(model)).toMatchObject([
      {
        ...{ what: "h3", reason: "Unreachable" },
        since: new Date(model.now).toISOString(),
        until: new Date(model.now + GRACE_MS).toISOString(),
      },
    ]);
    expect(model.plan().requeueAfterMs).toBeLessThanOrEqual(5_000);
    expect(later(model, GRACE_MS - 1).round()).toEqual([]);
  });

  it("has a grace that begins at the observation, or at a later begin of the watch", () => {
    const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
    model.converge();
    model.now += 60_000;
    model.kill(3);
    const { swarm, etcd, ...rest } = model.input();
    const observedAt = model.now - 900;
    const since = (watchedSince: number) => {
      const input = {
        ...rest,
        swarm: { ...swarm, at: observedAt },
        etcd: { ...etcd, at: observedAt },
        watchedSince,
      } as PlanInput;
      const world = worldOf(input);
      return world && plan(world).report?.unreachable[0]?.since;
    };
    expect(since(0)).toBe(new Date(observedAt).toISOString());
    expect(since(model.now - 500)).toBe(new Date(model.now - 500).toISOString());
  });

  it("is removed from etcd, then from the swarm, and then a worker is promoted", () => {
    const model = later(withDead(3), GRACE_MS);
    model.converge();
    expect(steps(model)).toEqual([
      "begin promote h4 for h3",
      "write-blocked-managers 10.0.0.3",
      "etcd-remove h3",
      "swarm-demote h3",
      "swarm-remove-node h3",
      "etcd-add-learner h4",
      "etcd-promote h4",
      "swarm-promote h4",
      "end promote h4 for h3 done",
      "write-blocked-managers",
    ]);
    expect(model.managers()).toEqual([1, 2, 4]);
    expect(model.swarmNodes.has(3)).toBe(false);
    expect(model.plan().report?.ready).toBe(true);
  });

  it("has an assignment that records its removal from both rafts", () => {
    const model = later(withDead(3), GRACE_MS);
    model.converge();
    expect(model.assignments.get(idOf(3))).toMatchObject({
      role: "worker",
      etcd: { mode: "proxy", removed: "a3" },
      swarmRemoved: "s3",
    });
  });

  it.each([1, 2, 3])("is replaced, a leader too (h%i)", n => {
    const model = later(withDead(n), GRACE_MS);
    model.converge();
    expect(model.managers()).toHaveLength(3);
    expect(model.managers()).not.toContain(n);
  });

  it("stays a manager when it returns within its grace", () => {
    const model = withDead(3);
    const [member, swarmNode] = [model.members.get(3), model.swarmNodes.get(3)];
    if (member) model.members.set(3, { ...member, healthy: true });
    if (swarmNode?.manager)
      model.swarmNodes.set(3, { ...swarmNode, state: "ready", manager: { ...swarmNode.manager, reachable: true } });
    later(model, GRACE_MS).converge();
    expect(steps(model)).toEqual([]);
    expect(waiting(model)).toEqual([]);
  });

  it("is not dead while one raft reaches it, nor while its agent is registered", () => {
    const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
    model.converge();
    const registration = model.registrations.get(idOf(3));
    model.kill(3);
    if (registration) model.registrations.set(idOf(3), registration);
    model.round();
    later(model, 10 * GRACE_MS).round();
    expect(waiting(model)).toMatchObject([{ what: "h3", reason: "NotReplaced" }]);
    const member = model.members.get(3);
    if (member) model.members.set(3, { ...member, healthy: true });
    model.registrations.delete(idOf(3));
    expect(model.converge()).not.toContain("etcd-remove h3");
  });

  it("gets a new grace after a gap in the watch", () => {
    const model = withDead(3);
    later(model, GRACE_MS - 1);
    model.watchedSince = model.now;
    model.round();
    expect(later(model, GRACE_MS - 1).round()).toEqual([]);
    expect(later(model, 1).round()).toContainEqual("begin promote h4 for h3");
  });

  it.each([
    ["remediation is off", "spec/remediation/enabled is false"],
    ["it is paused", "spec/nodes/000000000003/paused is true"],
  ])("is not replaced while %s, and the report has the reason", (which, why) => {
    const model = withDead(3);
    const { remediation } = model.spec;
    model.spec = which.startsWith("remediation")
      ? { ...model.spec, remediation: { ...remediation, enabled: false } }
      : { ...model.spec, nodes: { [idOf(3)]: { eligible: true, paused: true, drain: false } } };
    expect(later(model, 10 * GRACE_MS).round()).toEqual([]);
    expect(waiting(model)).toMatchObject([{ what: "h3", why: `unreachable, and not replaced: ${why}` }]);
  });

  it("stays while no node can replace it, and the report has the reason", () => {
    const model = withDead(3, { nodes: 3 });
    expect(later(model, GRACE_MS).round()).toEqual([]);
    expect(waiting(model)).toMatchObject([{ reason: "NoCandidate" }]);
  });

  it("is removed without a successor where there are enough managers", () => {
    const model = withDead(5, { wanted: 5, nodes: 5 });
    // An unmanaged member, one more than wanted: its node has no keys.
    model.statuses.delete(idOf(5));
    model.assignments.delete(idOf(5));
    model.spec = { ...model.spec, managers: 3 };
    model.round();
    later(model, GRACE_MS).converge();
    expect(model.members.has(5)).toBe(false);
    expect(model.swarmNodes.has(5)).toBe(false);
    expect(model.managers()).toHaveLength(3);
  });

  it("is not replaced when two of three managers are dead", () => {
    const model = withDead(3);
    model.kill(2);
    model.round();
    later(model, 10 * GRACE_MS).converge();
    expect(steps(model)).toEqual([]);
    expect(model.plan().report?.conditions).toContainEqual(expect.objectContaining({ type: "EtcdQuorumLost" }));
  });

  it("delays a change of the wanted number until it is removed", () => {
    const model = withDead(3, { nodes: 6 });
    model.spec = { ...model.spec, managers: 5 };
    expect(model.round()).toEqual([]);
    later(model, GRACE_MS).converge();
    expect(model.managers()).toEqual([1, 2, 4, 5, 6]);
    const removed = steps(model).indexOf("etcd-remove h3");
    expect(removed).toBeGreaterThanOrEqual(0);
    expect(removed).toBeLessThan(steps(model).indexOf("etcd-add-learner h4"));
  });
});

describe("a member that was added and never started", () => {
  it("is waited for like a node that boots for the first time, and is then removed", () => {
    const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
    model.converge();
    const ghost = { name: "", peerUrls: ["http://10.0.0.99:2380"], clientUrls: [], healthy: false, leader: false };
    model.members.set(99, { ...ghost, id: memberId("f9"), learner: false });
    model.round();
    expect(later(model, 5 * 60_000 - 1).round()).toEqual([]);
    later(model, 1).converge();
    expect(model.members.has(99)).toBe(false);
    expect(model.managers()).toEqual([1, 2, 3]);
  });
});

describe("a replacement in progress", () => {
  const begun = () => {
    const model = later(withDead(3), GRACE_MS);
    model.round();
    return model;
  };

  it("is cancelled when its manager returns before the first step", () => {
    const model = begun();
    model.round(); // blocked, and removed from etcd: too late to cancel
    expect(model.members.has(3)).toBe(false);
    const early = begun();
    const [member, swarmNode] = [early.members.get(3), early.swarmNodes.get(3)];
    if (member) early.members.set(3, { ...member, healthy: true });
    if (swarmNode?.manager)
      early.swarmNodes.set(3, { ...swarmNode, state: "ready", manager: { ...swarmNode.manager, reachable: true } });
    expect(early.round()).toContain("end promote h4 for h3 cancelled");
    expect(early.operation).toBeUndefined();
  });

  it("rolls back failed candidates, tries others, and stops when the circuit breaker trips", () => {
    const model = withDead(3, { nodes: 8 });
    model.spec = { ...model.spec, remediation: { ...model.spec.remediation, coolDownSeconds: 1800 } };
    later(model, GRACE_MS);
    for (let round = 0; round < 60; round++) {
      model.round();
      // An added member never answers.
      for (const [n, member] of model.members) if (n > 3) model.members.set(n, { ...member, healthy: false });
      if (model.operation && !model.operation.rollingBack && model.members.size === 3) model.now += 301_000;
    }
    expect(model.remediation?.failures.map(({ name }) => name)).toEqual(["h4", "h5", "h6"]);
    expect(model.operation).toBeUndefined();
    const { report } = model.plan();
    expect(report?.conditions).toContainEqual(
      expect.objectContaining({
        type: "CircuitBreakerTripped",
        message: expect.stringContaining("3 candidates have failed to come up (h4, h5, h6)"),
      }),
    );
    expect(report?.waiting).toMatchObject([{ what: "the operator", reason: "CircuitBreakerTripped" }]);
    model.spec = { ...model.spec, remediation: { ...model.spec.remediation, reset: "again" } };
    model.converge();
    expect(model.managers()).toHaveLength(3);
  });

  it("begins again after the cool-down of the circuit breaker", () => {
    const model = later(withDead(3, { nodes: 8 }), GRACE_MS);
    const at = new Date(model.now).toISOString();
    const failure = { node: idOf(4), name: "h4", at, why: "its etcd does not answer yet" };
    model.remediation = { failures: [failure, failure, failure], reset: "never" };
    expect(model.round()).toEqual([]);
    later(model, 600_000).converge();
    expect(model.managers()).toEqual([1, 2, 4]);
  });
});

it("ignores the times of a report from before the watch began", () => {
  const model = withDead(3);
  model.watchedSince = NOW + 10 * GRACE_MS;
  model.now = model.watchedSince;
  expect(model.round()).toEqual([]);
});

it("lets a candidate join again when its engine cannot make it a manager, and then promotes it (moby#37175)", () => {
  const model = later(withDead(1), GRACE_MS);
  const stuck = () => {
    const swarmNode = model.swarmNodes.get(4);
    const status = model.statuses.get(idOf(4));
    if (!swarmNode?.manager || !status) return;
    model.swarmNodes.set(4, { ...swarmNode, state: "down", manager: undefined });
    model.statuses.set(idOf(4), { ...status, swarm: { ...status.swarm, state: "error", control: false } });
  };
  for (let round = 0; round < 40 && model.swarmNodes.has(4); round++) {
    model.round();
    stuck();
  }
  const status = model.statuses.get(idOf(4));
  if (!status) throw new Error("h4 has a status");
  model.round();
  expect(model.assignments.get(idOf(4))?.swarmRemoved).toBe("s4");
  expect(model.operation?.node).toBe(idOf(4));
  // As its agent does: it leaves, and joins under a new id.
  const worker = model.swarmNodes.get(5);
  if (worker) model.swarmNodes.set(4, { ...worker, id: swarmNodeId("s44"), hostname: "h4", address: "10.0.0.4" });
  model.statuses.set(idOf(4), { ...status, swarm: { state: "active", node: swarmNodeId("s44"), control: false } });
  for (let round = 0; round < 10; round++) model.round();
  expect(steps(model)).toContainEqual("end promote h4 for h1 done");
  expect(model.remediation).toBeUndefined();
});

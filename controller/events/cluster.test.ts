import { describe, expect, it } from "vitest";
import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Condition, ConditionType } from "../../crd-like-specs/resources/condition.ts";
import { memberId, nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { readSpec } from "../../crd-like-specs/settings/spec.ts";
import { clusterEvents } from "./cluster.ts";
import { specEvents } from "./spec.ts";

const keys = keyspace();

/** The events after the operator has written `spec`, with `effective` as the published values. */
function recorded(spec: Record<string, string>, effective: Record<string, string> = {}): string[] {
  const kvs = [
    ...Object.entries(spec).map(([path, value]) => ({ key: keys.spec.of(path), value, modRevision: 9 })),
    ...Object.entries(effective).map(([path, text]) => ({
      key: keys.specStatus.of(path),
      value: JSON.stringify({ effective: text }),
      modRevision: 8,
    })),
  ];
  const known: ClusterKeys = readClusterKeys(keys, kvs);
  const reading = readSpec(known.spec, known.specStatus);
  return specEvents(known, reading).map(({ severity, text }) => `${severity}: ${text}`);
}

describe("events of the spec", () => {
  it("record each value that becomes effective, and the previous one", () => {
    expect(recorded({ managers: " 5\n" }, { managers: "3" })).toEqual(["info: spec/managers 3 → 5"]);
    expect(recorded({ managers: "5" })).toEqual(["info: spec/managers 3 → 5"]);
    expect(recorded({}, { managers: "5" })).toEqual(["info: spec/managers 5 → default 3"]);
    expect(recorded({ "units/worker": "a.service\nb.service" })).toEqual([
      "info: spec/units/worker nothing → a.service, b.service",
    ]);
    expect(recorded({ "units/files/a.service": "[Service]\nExecStart=/a\n" })).toEqual([
      "info: spec/units/files/a.service has 2 lines now",
    ]);
  });

  it("are none if the effective value stays the same", () => {
    expect(recorded({ managers: "3" })).toEqual([]);
    expect(recorded({ managers: "5 # five" }, { managers: "5" })).toEqual([]);
  });

  it("record a rejection, and the value that stays in effect", () => {
    expect(recorded({ managers: "4" }, { managers: "5" })).toEqual([
      'warning: rejected "4" at spec/managers: 4 managers tolerate no more failures than 3; use 3 or 5; 5 stays in effect',
    ]);
  });

  it("combine the values of a whole document", () => {
    const files = Array.from({ length: 30 }, (_, n) => [`units/files/${n}.service`, "[Service]\nExecStart=/a\n"]);
    expect(recorded(Object.fromEntries(files))).toEqual([
      expect.stringMatching(/^info: 30 values are in effect now: spec\/units\/files\/0\.service, .* and others$/),
    ]);
  });
});

const AT = "2026-01-01T00:00:00.000Z";
const quorum = { voters: 3, healthy: 3, needed: 2, canLose: 1 };
const H3 = { node: nodeId("000000000003"), member: memberId("a3"), swarmNode: swarmNodeId("s3") };

const report = (change: Partial<ClusterStatus> = {}): ClusterStatus => ({
  ready: true,
  managers: { wanted: 3, now: 3 },
  swarm: {
    id: "swarm1",
    quorum,
    nodes: [
      {
        id: H3.swarmNode,
        node: H3.node,
        name: "h3",
        address: "10.0.0.3",
        role: "manager",
        state: "ready",
        availability: "active",
        manager: { leader: false, reachable: false },
      },
    ],
  },
  etcd: { cluster: memberId("c1"), quorum, members: [] },
  goal: "3 managers wanted, 3 now",
  steps: [],
  waiting: [],
  unreachable: [],
  conditions: [],
  ...change,
});

const unreachable = [{ ...H3, name: "h3", address: "10.0.0.3", since: AT, until: AT, why: "unreachable" }];
const lines = (before: ClusterStatus | undefined, after: ClusterStatus) =>
  clusterEvents(before, after).map(({ topic, severity, text }) => `${topic} ${severity}: ${text}`);

describe("events of the cluster", () => {
  it("record an unreachable manager once, and that it is reachable again", () => {
    expect(lines(undefined, report({ unreachable }))).toEqual(["managers warning: h3 is unreachable"]);
    const later = report({
      unreachable: unreachable.map(one => ({ ...one, why: "unreachable, but it is registered" })),
    });
    expect(lines(report({ unreachable }), later)).toEqual([]);
    expect(lines(later, report())).toEqual(["managers info: h3 is reachable again"]);
  });

  it("do not record a removed manager as reachable again", () => {
    expect(lines(report({ unreachable }), report({ swarm: { id: "swarm1", quorum, nodes: [] } }))).toEqual([]);
  });

  const condition = (type: ConditionType, message: string, more: Partial<Condition> = {}): Condition => ({
    ...{ type, status: "True", severity: "alarm", reason: "Any", message, since: AT },
    ...more,
  });
  const unhealthy = (reason: string, message: string) =>
    condition("ManagerUnhealthy", message, { subject: { ...H3, name: "h3" }, reason });

  it("record when a condition begins, changes its reason, and ends", () => {
    const before = report({ conditions: [unhealthy("EtcdUnreachable", "h3: its etcd does not answer")] });
    expect(lines(report(), before)).toEqual(["node alarm: h3: its etcd does not answer"]);
    expect(lines(before, before)).toEqual([]);
    expect(lines(before, report({ conditions: [unhealthy("EtcdUnreachable", "in other words")] }))).toEqual([]);
    const worse = report({ conditions: [unhealthy("Unreachable", "h3: nothing of it answers")] });
    expect(lines(before, worse)).toEqual(["node alarm: h3: nothing of it answers"]);
    expect(lines(worse, report())).toEqual(["node info: over: h3: nothing of it answers"]);
  });

  it("of a condition have the thread of the unreachable manager, of the rollout, or their own", () => {
    const threads = (after: ClusterStatus) =>
      clusterEvents(report({ unreachable: after.unreachable }), after).map(({ thread }) => thread?.id);
    const conditions = [unhealthy("Unreachable", "a")];
    expect(threads(report({ conditions, unreachable }))).toEqual(["unreachable/000000000003"]);
    expect(threads(report({ conditions }))).toEqual(["condition/ManagerUnhealthy/000000000003"]);
    const halted = condition("RolloutHalted", "a", { subject: { revision: 4, name: "revision 4" } });
    expect(threads(report({ conditions: [halted] }))).toEqual(["rollout/revision-4"]);
  });

  it.each([
    ["units", "RolloutHalted"],
    ["etcd", "EtcdQuorumLost"],
    ["swarm", "SwarmQuorumLost"],
    ["vault", "VaultStorageMismatch"],
    ["controller", "PlanRejected"],
  ] as const)("have the topic %s for the condition %s", (topic, type) => {
    expect(lines(report(), report({ conditions: [condition(type, "why")] }))).toEqual([`${topic} alarm: why`]);
  });

  it("record an unobservable swarm once, for any cause, and no end of other conditions meanwhile", () => {
    const rejected = condition("PlanRejected", "plan rejected: no");
    const blind = (reason: string, message: string) =>
      report({ conditions: [condition("SwarmUnobservable", message, { reason }), { ...rejected, status: "Unknown" }] });
    const first = blind("Unexpected", "swarm cannot be observed: docker could not read the nodes");
    expect(lines(report({ conditions: [rejected] }), first)).toEqual([
      "swarm alarm: swarm cannot be observed: docker could not read the nodes",
    ]);
    expect(lines(first, blind("Timeout", "swarm cannot be observed: docker did not answer"))).toEqual([]);
    expect(lines(first, report({ conditions: [rejected] }))).toEqual(["swarm info: over: swarm cannot be observed"]);
    expect(lines(first, report())).toEqual([
      "swarm info: over: swarm cannot be observed",
      "controller info: over: plan rejected: no",
    ]);
  });
});

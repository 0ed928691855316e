// One round over the planner's model of both rafts, with the writes it makes: check stands between plan and execute.
import { pino } from "pino";
import { expect, it } from "vitest";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { ClusterStatus } from "../../crd-like-specs/resources/resources.ts";
import type { Docker } from "../../drivers/docker/port.ts";
import type { KeyValue, Membership, Write } from "../../drivers/etcd/port.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { newMemory } from "./memory.ts";
import { reconcile } from "./reconcile.ts";

const keys = keyspace();

/** What etcd would hold of the model. */
function stored(model: InstantCluster): Map<string, KeyValue> {
  const entries: [string, unknown][] = [
    ...[...model.registrations].map(([id, value]): [string, unknown] => [keys.nodes.of(id), value]),
    ...[...model.statuses].map(([id, value]): [string, unknown] => [keys.nodeStatus.of(id), value]),
    ...[...model.assignments].map(([id, value]): [string, unknown] => [keys.assignments.of(id), value]),
    ...[...model.revisions].map(([number, value]): [string, unknown] => [keys.revisions.of(number), value]),
    [keys.operation, model.operation],
    [keys.swarm, model.swarmRecord],
    [keys.rollout, model.rollout],
    [keys.clusterStatus, model.cluster],
  ];
  const kvs = new Map<string, KeyValue>();
  for (const [key, value] of entries)
    if (value !== undefined)
      kvs.set(key, { key, value: JSON.stringify(value), createRevision: 1, modRevision: 1, lease: "0" });
  return kvs;
}

/** Both rafts as the model has them; whatever would change one is noted. */
function depsOf(model: InstantCluster) {
  const { swarm, etcd } = model.input();
  if (!swarm.known || !etcd.known) throw new Error("both rafts are observed");
  const { nodes, id, workerToken } = swarm.value;
  const written: Write[] = [];
  const changed: string[] = [];
  const docker: Pick<Docker, "inspectSwarm" | "nodes" | "setRole"> = {
    inspectSwarm: async () => ({ id, workerToken }),
    nodes: async () => [...nodes],
    setRole: async (node, role) => void changed.push(`${node} ${role}`),
  };
  const membership: Pick<Membership, "list" | "status"> = {
    list: async () => ({ cluster: etcd.value.cluster, members: etcd.value.members, revision: 1 }),
    status: async endpoint => {
      const member = etcd.value.members.find(({ clientUrls }) => clientUrls.includes(endpoint));
      if (!member?.healthy) throw new Error("no answer");
      const { cluster, learner } = { ...etcd.value, ...member };
      const leader = etcd.value.members.find(one => one.leader)?.id;
      return { cluster, member: member.id, leader, learner, version: "3.5", raftIndex: 1, dbSizeBytes: 1 };
    },
  };
  const deps: EffectDeps = {
    fencedWrite: async writes => void written.push(...writes),
    events: { by: "h1", event: async ({ text }) => ({ put: "event", value: text }), forgetLease: () => {} },
    keys,
    docker: docker as Docker,
    membership: membership as Membership,
    clock: fakeClock(model.now),
    log: pino({ level: "silent" }),
  };
  const report = (): ClusterStatus | undefined => {
    const found = written.findLast(
      (write): write is Extract<Write, { put: string }> => "put" in write && write.put === keys.clusterStatus,
    );
    return found && ClusterStatus.parse(JSON.parse(found.value));
  };
  return { deps, changed, report };
}

/** Host 2 is about to be promoted in the swarm. */
function promoting(): InstantCluster {
  const model = new InstantCluster(3, [1, 2, 3], [1], 3);
  while (!model.plan().actions.some(({ type }) => type === "swarm-promote")) model.round();
  return model;
}

it("a plan without violations is run", async () => {
  const model = promoting();
  const { deps, changed } = depsOf(model);
  await reconcile(idOf(1), stored(model), deps, newMemory());
  expect(changed).toEqual(["s2 manager"]);
});

it("a plan with violations is not run, and the report says so", async () => {
  const model = promoting();
  for (const n of [1, 3]) {
    const member = model.members.get(n);
    if (member) model.members.set(n, { ...member, healthy: false });
  }
  const { deps, changed, report } = depsOf(model);
  const result = await reconcile(idOf(1), stored(model), deps, newMemory());
  expect(changed).toEqual([]);
  expect(result.resign).toBeUndefined();
  expect(report()?.conditions).toContainEqual(
    expect.objectContaining({
      type: "PlanRejected",
      message: "plan refused: promoting h2 while etcd has no quorum",
    }),
  );
});

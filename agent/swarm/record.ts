// The `swarm` record and what goes with it: how the first manager publishes the swarm that it makes.

import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { readEffectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import type { KeyValue, Kv } from "../../drivers/etcd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { etcdUrls } from "../host/etcd-urls.ts";

const SWARM_PORT = 2377;

/** The record with the revision that it was read at, or undefined where there is none. */
export async function readRecord(kv: Kv, key: string): Promise<{ record: SwarmRecord; at: KeyValue } | undefined> {
  const at = await kv.get(key);
  if (!at) return undefined;
  const record = parseResource("SwarmRecord", key, at.value);
  if (!record.ok)
    throw new Error(`the swarm record cannot be read, and nothing is begun without it: ${explain(record.error)}`);
  return { record: record.value, at };
}

/** Announces that this host makes the swarm; nothing happens where there is a record, or the token of a swarm, already. */
export async function announce(agent: ConnectedAgent, fenced: Kv): Promise<void> {
  const { keys, self, clock, log } = agent;
  const record: SwarmRecord = {
    state: "initialising",
    by: self.id,
    name: self.name,
    address: self.address,
    at: new Date(clock.now()).toISOString(),
  };
  const { succeeded } = await fenced.txn({
    if: [
      { key: keys.swarm, target: "create", op: "=", value: 0 },
      { key: keys.workerToken, target: "create", op: "=", value: 0 },
    ],
    do: [{ put: keys.swarm, value: JSON.stringify(record) }],
  });
  if (succeeded) log.info({ topic: "swarm" }, "no swarm has been made yet: this host makes it");
}

/**
 * Publishes the swarm that this host has made: spec and assignment where there are none yet, then, in one transaction
 * with the token, the record that lets everyone else in. Each part may have been written by an attempt before.
 */
export async function complete(agent: ConnectedAgent, fenced: Kv, announced: KeyValue): Promise<void> {
  const { docker, keys, self, config, log } = agent;
  const swarm = await docker.inspectSwarm();
  for (const [path, value] of Object.entries(config.spec)) await putIfAbsent(fenced, keys.spec.of(path), value);
  await putIfAbsent(fenced, keys.assignments.of(self.id), JSON.stringify(await firstAssignment(agent)));
  const record: SwarmRecord = { state: "ready", id: swarm.id, managers: [`${self.address}:${SWARM_PORT}`] };
  const { succeeded } = await fenced.txn({
    if: [{ key: keys.swarm, target: "mod", op: "=", value: announced.modRevision }],
    do: [
      { put: keys.workerToken, value: swarm.workerToken },
      { put: keys.swarm, value: JSON.stringify(record) },
    ],
  });
  if (succeeded) log.info({ topic: "swarm", swarm: swarm.id }, "has made the swarm");
}

async function putIfAbsent(kv: Kv, key: string, value: string): Promise<void> {
  await kv.txn({ if: [{ key, target: "create", op: "=", value: 0 }], do: [{ put: key, value }] });
}

/** What the first manager is until there is a controller to say so, the controller itself being one of its units. */
async function firstAssignment(agent: ConnectedAgent): Promise<Assignment> {
  const { etcd, keys, store, config } = agent;
  const onDisk = store.state().etcd;
  if (onDisk?.mode !== "member" || onDisk.member === undefined) {
    throw new Error("the local etcd member has not answered yet, and only a member makes the swarm");
  }
  const { spec } = readEffectiveSpec(keys, (await etcd.kv.list(keys.spec.root)).kvs);
  const urls = etcdUrls(config.etcd);
  return {
    generation: 1,
    role: "manager",
    etcd: {
      mode: "member",
      endpoints: onDisk.initialCluster.map(peer => urls.client(hostOf(peer.peerUrl))).sort(),
      member: onDisk.member,
      initialCluster: onDisk.initialCluster,
    },
    units: [...spec.units.manager],
  };
}

/** Where to join: the record's managers, and the hosts that report themselves as managers now. `host:port`, sorted. */
export async function managersOf(agent: ConnectedAgent, recorded: readonly string[]): Promise<string[]> {
  const { etcd, keys, self } = agent;
  const [nodes, statuses] = await Promise.all([etcd.kv.list(keys.nodes.root), etcd.kv.list(keys.nodeStatus.root)]);
  const managing = new Set<string>();
  for (const { key, value } of statuses.kvs) {
    const status = parseResource("NodeStatus", key, value);
    if (status.ok && status.value.swarm.control) managing.add(status.value.id);
  }
  const present = nodes.kvs.flatMap(({ key, value }) => {
    const node = parseResource("Registration", key, value);
    return node.ok && node.value.id !== self.id && managing.has(node.value.id)
      ? [`${node.value.address}:${SWARM_PORT}`]
      : [];
  });
  return [...new Set([...recorded, ...present])].sort();
}

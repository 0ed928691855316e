// The key `swarm` (`SwarmRecord`) and the keys that are written with it: how the first manager publishes its new swarm.

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

/** The record and the key value it was read from, or undefined if there is none. Error when it cannot be parsed. */
export async function readRecord(kv: Kv, key: string): Promise<{ record: SwarmRecord; at: KeyValue } | undefined> {
  const at = await kv.get(key);
  if (!at) return undefined;
  const record = parseResource("SwarmRecord", key, at.value);
  if (!record.ok)
    throw new Error(
      `the swarm record cannot be read, and the agent takes no step without it: ${explain(record.error)}`,
    );
  return { record: record.value, at };
}

/**
 * Writes the record of a swarm that this node makes. Writes nothing if there is a record or a swarm's token already.
 */
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
  if (succeeded) log.info({ topic: "swarm" }, "no node has made a swarm yet: this node makes it");
}

/**
 * Publishes the swarm that this node has made: first the spec and the assignment if they do not exist, then, in one
 * transaction with the token, the record that the other nodes join by. An earlier attempt may have written each part.
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
  if (succeeded) log.info({ topic: "swarm", swarm: swarm.id }, "this node has made the swarm");
}

async function putIfAbsent(kv: Kv, key: string, value: string): Promise<void> {
  await kv.txn({ if: [{ key, target: "create", op: "=", value: 0 }], do: [{ put: key, value }] });
}

/** The first manager's assignment, for the time without a controller: the controller is one of its units. */
async function firstAssignment(agent: ConnectedAgent): Promise<Assignment> {
  const { etcd, keys, store, config } = agent;
  const onDisk = store.state().etcd;
  if (onDisk?.mode !== "member" || onDisk.member === undefined) {
    throw new Error("the etcd member on this node has not answered yet, and only a member makes the swarm");
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

/** Where to join: the managers of the record and the nodes that report control now. `address:port`, sorted. */
export async function managersOf(agent: ConnectedAgent, recorded: readonly string[]): Promise<string[]> {
  const { etcd, keys, self } = agent;
  const [nodes, statuses] = await Promise.all([etcd.kv.list(keys.nodes.root), etcd.kv.list(keys.nodeStatus.root)]);
  const reportingControl = new Set<string>();
  for (const { key, value } of statuses.kvs) {
    const status = parseResource("NodeStatus", key, value);
    if (status.ok && status.value.swarm.control) reportingControl.add(status.value.id);
  }
  const present = nodes.kvs.flatMap(({ key, value }) => {
    const node = parseResource("Registration", key, value);
    return node.ok && node.value.id !== self.id && reportingControl.has(node.value.id)
      ? [`${node.value.address}:${SWARM_PORT}`]
      : [];
  });
  return [...new Set([...recorded, ...present])].sort();
}

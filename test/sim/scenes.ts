// The start of most scenarios, the check of their end, and helpers in between.

import { expect } from "vitest";
import type { Action } from "../../controller/plan/actions.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { FakeNode } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";

/** A ready cluster with 3 managers. */
export async function threeManagers({ workers }: { workers: number } = { workers: 2 }): Promise<Cluster> {
  const cluster = new Cluster({ managers: 3, workers });
  await cluster.until(() => cluster.ready(), 120);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
  return cluster;
}

/** Expects that the cluster is idle: no program writes, both rafts have the same nodes, and no invariant was violated. */
export async function expectIdle(cluster: Cluster): Promise<void> {
  await cluster.clock.advance(60_000);
  const before = cluster.etcd.store.revision;
  await cluster.clock.advance(300_000);
  expect(cluster.etcd.store.revision - before).toBe(0);
  expect(cluster.broken).toEqual([]);
  expect(cluster.inits).toBe(1);
  expect(cluster.operation()).toBeUndefined();
  expect(await swarmManagers(cluster)).toEqual(cluster.voters());
}

/** Names of the nodes that are swarm managers by their own engines, sorted. */
export async function swarmManagers(cluster: Cluster): Promise<string[]> {
  const infos = await Promise.all(cluster.nodes.map(node => cluster.docker.engine(node.name).info()));
  return infos
    .filter(info => info.swarm.control)
    .map(info => info.hostname)
    .sort();
}

/** Writes keys of which a program is the writer, as an operator can with `etcdctl`. */
export const manually = (cluster: Cluster, ...writes: Write[]): Promise<void> => cluster.manually(...writes);

/** The node whose controller leads. */
export const leading = (cluster: Cluster): FakeNode | undefined => cluster.leader();

/** Waits until the latest step of the operation has this type. Resolves to the node that it changes. */
export async function untilStep(cluster: Cluster, type: Action["type"]): Promise<FakeNode> {
  await cluster.until(() => cluster.operation()?.step.id.startsWith(`${type}/`) === true, 100);
  return cluster.node(cluster.operation()?.name ?? "");
}

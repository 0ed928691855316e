// Where the stories of the simulation begin and how they must end.

import { expect } from "vitest";
import type { Action } from "../../controller/plan/actions.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { FakeNode } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";

/** A cluster with 3 managers, at rest. */
export async function threeManagers({ workers }: { workers: number } = { workers: 2 }): Promise<Cluster> {
  const cluster = new Cluster({ managers: 3, workers });
  await cluster.until(() => cluster.ready(), 120);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
  return cluster;
}

/** At rest: nobody writes any more, both rafts have the same hosts, and no promise was broken on the way. */
export async function demandRest(cluster: Cluster): Promise<void> {
  await cluster.clock.advance(60_000);
  const before = cluster.etcd.store.revision;
  await cluster.clock.advance(300_000);
  expect(cluster.etcd.store.revision - before).toBe(0);
  expect(cluster.broken).toEqual([]);
  expect(cluster.inits).toBe(1);
  expect(cluster.operation()).toBeUndefined();
  expect(await swarmManagers(cluster)).toEqual(cluster.voters());
}

/** Names of the hosts that govern the swarm, sorted. */
export async function swarmManagers(cluster: Cluster): Promise<string[]> {
  const infos = await Promise.all(cluster.nodes.map(host => cluster.docker.engine(host.name).info()));
  return infos
    .filter(info => info.swarm.control)
    .map(info => info.hostname)
    .sort();
}

/** What somebody does to the keys with `etcdctl`. */
export const manually = (cluster: Cluster, ...writes: Write[]): Promise<void> => cluster.manually(...writes);

/** The host whose controller leads. */
export const leading = (cluster: Cluster): FakeNode | undefined => cluster.leader();

/** Until the step begun last is of this type; returns the host that it is about. */
export async function untilStep(cluster: Cluster, type: Action["type"]): Promise<FakeNode> {
  await cluster.until(() => cluster.operation()?.step.id.startsWith(`${type}/`) === true, 100);
  return cluster.node(cluster.operation()?.name ?? "");
}

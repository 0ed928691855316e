// How a walk must end: both rafts with as many hosts as ordered, the same ones, none of them dead; nothing under way,
// and then nobody writes any more.

import { nodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { FakeNode } from "../../fakes/world.ts";
import { keys } from "../../fakes/world.ts";
import { advance } from "./advance.ts";
import type { WalkContext } from "./context.ts";

/** Within this everything must be as ordered: an operation may have to run into its deadline first, more than once. */
const CONVERGE_MS = 40 * 60_000;
const SETTLE_MS = 60_000;
/** Whatever is looked at again by time alone is looked at again twice. */
const REST_MS = 120_000;

export async function demandEnd(context: WalkContext, dead: readonly FakeNode[]): Promise<string[]> {
  const { cluster, chance, note } = context;
  const alive = cluster.nodes.filter(host => !dead.includes(host));
  const wanted = chance.pick([1, 3, 3, 5].filter(count => count <= alive.length)) ?? 1;
  await advance(context, 60_000, () => cluster.etcd.members.leader !== undefined);
  for (const host of cluster.nodes) {
    const id = nodeId(host.id());
    const settings = ["eligible", "paused", "drain"].map(name => keys.spec.of(`nodes/${id}/${name}`));
    await cluster.manually(...settings.map(key => ({ delete: key })));
  }
  await cluster.put("remediation/enabled", "true");
  await cluster.put("remediation/reset", "ended");
  await cluster.put("paused", "false");
  await cluster.put("managers", String(wanted));
  note(`the last order: ${wanted} managers`);
  const begun = cluster.clock.monotonic();
  const asOrdered = () => unlike(context, wanted, dead).length === 0;
  if (!(await advance(context, CONVERGE_MS, asOrdered)))
    return [`not as ordered after ${CONVERGE_MS / 60_000} min: ${unlike(context, wanted, dead).join("; ")}`];
  note(`as ordered after ${((cluster.clock.monotonic() - begun) / 1000).toFixed(1)} s`);
  await advance(context, SETTLE_MS);
  const { revision } = cluster.etcd.store;
  const { writes } = cluster;
  await advance(context, REST_MS);
  const written = writtenSince(context, revision);
  return [
    ...(written.length > 0 ? [`written while idle: ${written.join(", ")}`] : []),
    ...(cluster.writes > writes ? [`${cluster.writes - writes} calls of controllers while idle`] : []),
    ...unlike(context, wanted, dead),
  ];
}

/** In what the world is not as ordered. */
export function unlike({ cluster }: WalkContext, wanted: number, dead: readonly FakeNode[]): string[] {
  const found: string[] = [];
  const voters = cluster.voters();
  const swarm = cluster.docker.state()[0];
  const managers = (swarm?.nodes ?? []).filter(node => node.member && node.role === "manager").map(node => node.name);
  if (voters.length !== wanted) found.push(`etcd voters: ${voters.join(" ") || "none"}, ${wanted} wanted`);
  if (managers.sort().join() !== voters.join()) found.push(`swarm managers: ${managers.join(" ") || "none"}`);
  for (const host of dead) if (voters.includes(host.name)) found.push(`${host.name} is dead and a voter`);
  if (cluster.etcd.state().some(member => member.learner)) found.push("a learner is left");
  if (cluster.etcd.store.get(keys.operation)) found.push(`in flight: ${cluster.operation()?.id}`);
  for (const host of cluster.nodes.filter(host => !dead.includes(host))) {
    const status = host.registered() ? host.status() : undefined;
    if (status?.phase !== "running")
      found.push(`${host.name}: ${status ? (status.message ?? status.phase) : "absent"}`);
  }
  for (const { name, availability } of swarm?.nodes ?? [])
    if (availability !== "active") found.push(`the node of ${name} is at ${availability}`);
  if (found.length === 0 && cluster.status()?.ready !== true)
    found.push(`not ready: ${cluster.status()?.conditions.map(({ message }) => message)}`);
  return found;
}

/** The keys put or deleted since; what expires by itself, as events do, is nobody's write. */
function writtenSince({ cluster }: WalkContext, since: number): string[] {
  const batches = cluster.etcd.store.since(since + 1);
  if (batches === "compacted") return ["a history that was compacted"];
  const written = batches.flatMap(({ events }) =>
    events.map(event => (event.type === "put" ? event.kv.key : event.key)),
  );
  return [...new Set(written)].filter(key => cluster.etcd.store.get(key) || !key.startsWith(keys.events.root));
}

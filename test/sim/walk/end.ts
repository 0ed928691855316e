// The required end of a walk: both rafts have the same nodes, as many as spec/managers wants, and none of them is dead. No
// operation is in progress, and no program writes any more.

import { nodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { FakeNode } from "../../fakes/world.ts";
import { keys } from "../../fakes/world.ts";
import { advance } from "./advance.ts";
import type { WalkContext } from "./context.ts";

/** The time to converge. It covers operations that run into their deadlines, more than once. */
const CONVERGE_MS = 40 * 60_000;
const SETTLE_MS = 60_000;
/** Long enough for two rounds of everything that repeats after a time. */
const IDLE_MS = 120_000;

export async function checkEnd(context: WalkContext, dead: readonly FakeNode[]): Promise<string[]> {
  const { cluster, chance, note } = context;
  const alive = cluster.nodes.filter(node => !dead.includes(node));
  const wanted = chance.pick([1, 3, 3, 5].filter(count => count <= alive.length)) ?? 1;
  await advance(context, 60_000, () => cluster.etcd.members.leader !== undefined);
  for (const node of cluster.nodes) {
    const id = nodeId(node.id());
    const settings = ["eligible", "paused", "drain"].map(name => keys.spec.of(`nodes/${id}/${name}`));
    await cluster.manually(...settings.map(key => ({ delete: key })));
  }
  await cluster.put("remediation/enabled", "true");
  await cluster.put("remediation/reset", "ended");
  await cluster.put("paused", "false");
  await cluster.put("managers", String(wanted));
  note(`the last change: ${wanted} managers`);
  const begun = cluster.clock.monotonic();
  const converged = () => differences(context, wanted, dead).length === 0;
  if (!(await advance(context, CONVERGE_MS, converged)))
    return [`not converged after ${CONVERGE_MS / 60_000} min: ${differences(context, wanted, dead).join("; ")}`];
  note(`converged after ${((cluster.clock.monotonic() - begun) / 1000).toFixed(1)} s`);
  await advance(context, SETTLE_MS);
  const { revision } = cluster.etcd.store;
  const { writes } = cluster;
  await advance(context, IDLE_MS);
  const written = writtenSince(context, revision);
  return [
    ...(written.length > 0 ? [`written while idle: ${written.join(", ")}`] : []),
    ...(cluster.writes > writes ? [`${cluster.writes - writes} calls of controllers while idle`] : []),
    ...differences(context, wanted, dead),
  ];
}

/** All differences from the required end, as sentences. */
export function differences({ cluster }: WalkContext, wanted: number, dead: readonly FakeNode[]): string[] {
  const found: string[] = [];
  const voters = cluster.voters();
  const swarm = cluster.docker.state()[0];
  const managers = (swarm?.nodes ?? []).filter(node => node.member && node.role === "manager").map(node => node.name);
  if (voters.length !== wanted) found.push(`etcd voters: ${voters.join(" ") || "none"}, ${wanted} wanted`);
  if (managers.sort().join() !== voters.join()) found.push(`swarm managers: ${managers.join(" ") || "none"}`);
  for (const node of dead) if (voters.includes(node.name)) found.push(`${node.name} is dead and a voter`);
  if (cluster.etcd.state().some(member => member.learner)) found.push("a learner is left");
  if (cluster.etcd.store.get(keys.operation)) found.push(`in progress: ${cluster.operation()?.id}`);
  for (const node of cluster.nodes.filter(node => !dead.includes(node))) {
    const status = node.registered() ? node.status() : undefined;
    if (status?.phase !== "running")
      found.push(`${node.name}: ${status ? (status.message ?? status.phase) : "absent"}`);
  }
  for (const { name, availability } of swarm?.nodes ?? [])
    if (availability !== "active") found.push(`the swarm node of ${name} has availability ${availability}`);
  if (found.length === 0 && cluster.status()?.ready !== true)
    found.push(`not ready: ${cluster.status()?.conditions.map(({ message }) => message)}`);
  return found;
}

/** The keys that were put or deleted since then. An event that expires is not a write. */
function writtenSince({ cluster }: WalkContext, since: number): string[] {
  const batches = cluster.etcd.store.since(since + 1);
  if (batches === "compacted") return ["a history that was compacted"];
  const written = batches.flatMap(({ events }) =>
    events.map(event => (event.type === "put" ? event.kv.key : event.key)),
  );
  return [...new Set(written)].filter(key => cluster.etcd.store.get(key) || !key.startsWith(keys.events.root));
}

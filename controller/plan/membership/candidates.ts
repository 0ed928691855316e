// Which nodes can become a manager, and which of them is the best. Each rejection and the choice have a human-readable
// reason.
import { compare, isVoter, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { soonest } from "../next.ts";
import { coolsDownUntil } from "./attempts.ts";

/** Docker needs a minute between two changes of one node's role: a promotion that comes sooner hangs for 30 s. */
const ROLE_CHANGE_PAUSE_MS = 60_000;
/** How long a successor must have been registered (raft-autopilot's ServerStabilizationTime). */
const STABLE_MS = 10_000;

export type Candidate =
  | { readonly kind: "found"; readonly node: Node; readonly why: string }
  /** No node can be chosen: why, per node, and when the first of them could be, milliseconds since 1970. */
  | { readonly kind: "none"; readonly reasons: readonly string[]; readonly until: number | undefined };

/**
 * The best of these nodes. `stable`: it must have been registered for a while, as a successor of a dead manager must.
 */
export function bestOf(world: World, pool: readonly Node[], { stable }: { stable: boolean }): Candidate {
  const rejections = pool.map(node => ({ node, rejection: rejectionOf(world, node, stable ? STABLE_MS : 0) }));
  const candidates = rejections.filter(({ rejection }) => rejection === undefined).map(({ node }) => node);
  const [best] = candidates.sort(preferenceIn(world));
  if (best) return { kind: "found", node: best, why: whyChosen(best) };
  return {
    kind: "none",
    reasons: rejections.map(({ node, rejection }) => `${node.name}: ${rejection?.why}`),
    until: soonest(rejections.map(({ rejection }) => rejection?.until)),
  };
}

/**
 * For `sort`: a voter first, then one with the engine version of the swarm leader, then one set up as a manager, then
 * the longest registered, then by name.
 */
export function preferenceIn(world: World): (a: Node, b: Node) => number {
  const engine = world.swarm.nodes.find(swarmNode => swarmNode.manager?.leader)?.engineVersion;
  return (a, b) =>
    compare(!isVoter(a), !isVoter(b)) ||
    compare(a.swarm?.engineVersion !== engine, b.swarm?.engineVersion !== engine) ||
    compare(a.registration?.role !== "manager", b.registration?.role !== "manager") ||
    compare(a.registration?.registeredAt ?? "", b.registration?.registeredAt ?? "") ||
    compare(a.name, b.name) ||
    compare(a.id, b.id);
}

function whyChosen(node: Node): string {
  if (isVoter(node)) return "is an etcd voter already";
  if (node.registration?.role === "manager") return "was set up as a manager";
  return "is the longest registered of the eligible nodes";
}

/** Why the node cannot become a manager now; undefined when it can. `until`: milliseconds since 1970. */
function rejectionOf(world: World, node: Node, stableMs: number): { why: string; until?: number } | undefined {
  const { now, spec } = world.input;
  const settings = spec.nodes[node.id];
  if (!node.registration) return { why: "not registered" };
  if (settings?.paused) return { why: `paused (spec/nodes/${node.id}/paused)` };
  if (settings?.eligible === false) return { why: `not eligible (spec/nodes/${node.id}/eligible)` };
  if (settings?.drain) return { why: `drained (spec/nodes/${node.id}/drain)` };
  if (node.status?.phase === "rejected") return { why: node.status.message ?? "rejected by its agent" };
  if (!node.swarm) return { why: "not in the swarm yet" };
  if (node.swarm.state !== "ready") return { why: `the swarm reports it as ${node.swarm.state}` };
  if (node.swarm.availability !== "active") return { why: `its availability is ${node.swarm.availability}` };
  if (!isVoter(node) && node.status?.phase !== "running") return { why: "its agent has not applied its assignment" };
  // A time in the future comes from a wrong clock and is ignored.
  const passed = (time: string | undefined, ms: number): { until: number; due: boolean } => {
    const at = Date.parse(time ?? "");
    return { until: at + ms, due: !(at <= now && at + ms > now) };
  };
  const demoted = passed(node.assignment?.demotedAt, ROLE_CHANGE_PAUSE_MS);
  if (!demoted.due) return { why: "was a manager less than a minute ago", until: demoted.until };
  const settled = passed(node.registration.registeredAt, stableMs);
  if (!settled.due) return { why: `registered for less than ${stableMs / 1000} s`, until: settled.until };
  const coolDown = coolsDownUntil(world, node.id);
  if (coolDown !== undefined) return { why: "failed to become a manager when it was tried", until: coolDown };
  return undefined;
}

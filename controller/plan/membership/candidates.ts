// Who can be made a manager, and who is the best of them: each refusal and the choice with its reason in words.
import { compare, isVoter, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { coolsDownUntil } from "./attempts.ts";

/** Docker wants a minute between two changes of one node's role: sooner, a promotion hangs for half a minute. */
const FLIP_PAUSE_MS = 60_000;
/** Who takes a dead manager's place has been here for so long (raft-autopilot's ServerStabilizationTime). */
const STABLE_MS = 10_000;

export type Candidate =
  | { readonly kind: "found"; readonly node: Node; readonly why: string }
  /** Nobody can be chosen: why, per host, and when the first of them could be (milliseconds since 1970). */
  | { readonly kind: "nobody"; readonly reasons: readonly string[]; readonly until: number | undefined };

/** The best of these hosts. One that replaces a dead manager must have proven that it stays. */
export function bestOf(world: World, pool: readonly Node[], { stable }: { stable: boolean }): Candidate {
  const rejections = pool.map(node => ({ node, rejection: rejectionOf(world, node, stable ? STABLE_MS : 0) }));
  const candidates = rejections.filter(({ rejection }) => rejection === undefined).map(({ node }) => node);
  const [best] = candidates.sort(preferenceIn(world));
  if (best) return { kind: "found", node: best, why: whyChosen(best) };
  const untils = rejections.flatMap(({ rejection }) => rejection?.until ?? []);
  return {
    kind: "nobody",
    reasons: rejections.map(({ node, rejection }) => `${node.name}: ${rejection?.why}`),
    until: untils.length > 0 ? Math.min(...untils) : undefined,
  };
}

/** Already a voter, then the engine that the swarm's leader has, then made to be a manager, then longest there, then by name. */
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
  return "longest here of those that can be one";
}

/** Why this host cannot become a manager now, or undefined when it can. */
function rejectionOf(world: World, node: Node, stableMs: number): { why: string; until?: number } | undefined {
  const { now, spec } = world.input;
  const settings = spec.nodes[node.id];
  if (!node.registration) return { why: "not registered" };
  if (settings?.paused) return { why: `paused (spec/nodes/${node.id}/paused)` };
  if (settings?.eligible === false) return { why: `not eligible (spec/nodes/${node.id}/eligible)` };
  if (settings?.drain) return { why: `drained (spec/nodes/${node.id}/drain)` };
  if (node.status?.phase === "rejected") return { why: node.status.message ?? "refused by its agent" };
  if (!node.swarm) return { why: "not in the swarm yet" };
  if (node.swarm.state !== "ready") return { why: `the swarm calls it ${node.swarm.state}` };
  if (node.swarm.availability !== "active") return { why: `its availability is ${node.swarm.availability}` };
  if (!isVoter(node) && node.status?.phase !== "running") return { why: "its agent is not done with its assignment" };
  // What lies ahead was written by a clock that was wrong.
  const passed = (time: string | undefined, ms: number): { until: number; due: boolean } => {
    const at = Date.parse(time ?? "");
    return { until: at + ms, due: !(at <= now && at + ms > now) };
  };
  const flipped = passed(node.assignment?.demotedAt, FLIP_PAUSE_MS);
  if (!flipped.due) return { why: "was a manager less than a minute ago", until: flipped.until };
  const settled = passed(node.registration.registeredAt, stableMs);
  if (!settled.due) return { why: `here for less than ${stableMs / 1000} s`, until: settled.until };
  const rested = coolsDownUntil(world, node.id);
  if (rested !== undefined) return { why: "did not come up when it was tried", until: rested };
  return undefined;
}

// Who becomes a manager and who ceases to be one, with the reason in words: the choice is shown before it is made.
import type { NodeId } from "../../crd-like-specs/ids.ts";
import { compare, type Host, isHealthyManager, isManager, isPartlyManager, isVoter } from "../state/hosts.ts";
import type { World } from "../state/world.ts";

/** Docker wants a minute between two changes of one node's role: sooner, a promotion hangs for half a minute. */
const FLIP_PAUSE_MS = 60_000;
/** A candidate that did not come up is left alone for so long (ours). */
const FAILURE_PAUSE_MS = 10 * 60_000;

export type Choice =
  | { readonly kind: "promote" | "demote"; readonly host: Host; readonly why: string }
  /** Nobody can be chosen: why, per host, and when the first of them could be (milliseconds since 1970). */
  | { readonly kind: "nobody"; readonly reasons: readonly string[]; readonly until: number | undefined }
  | { readonly kind: "enough" };

/** What brings the managers one step nearer to the wanted number; half-made ones are completed or removed first. */
export function choose(world: World): Choice {
  const wanted = world.input.spec.managers;
  const managers = world.hosts.filter(isPartlyManager);
  if (managers.length > wanted) return chooseDemotion(world, managers);
  if (managers.length < wanted || managers.some(host => !isManager(host))) return choosePromotion(world, managers);
  return { kind: "enough" };
}

function choosePromotion(world: World, managers: readonly Host[]): Choice {
  const halfMade = managers.filter(host => !isManager(host));
  // A half-made manager counts already: only when none is left does another host come in.
  const pool = halfMade.length > 0 ? halfMade : world.hosts.filter(host => !isPartlyManager(host));
  const refusals = pool.map(host => ({ host, refusal: refusalOf(world, host) }));
  const candidates = refusals.filter(({ refusal }) => refusal === undefined).map(({ host }) => host);
  const [best] = candidates.sort((a, b) => preference(a, b));
  if (best) return { kind: "promote", host: best, why: whyPromote(best) };
  const untils = refusals.flatMap(({ refusal }) => refusal?.until ?? []);
  return {
    kind: "nobody",
    reasons: refusals.map(({ host, refusal }) => `${host.name}: ${refusal?.why}`),
    until: untils.length > 0 ? Math.min(...untils) : undefined,
  };
}

/** Already a voter, then made to be a manager, then longest there, then by name. */
const preference = (a: Host, b: Host): number =>
  compare(!isVoter(a), !isVoter(b)) ||
  compare(a.registration?.role !== "manager", b.registration?.role !== "manager") ||
  compare(a.registration?.registeredAt ?? "", b.registration?.registeredAt ?? "") ||
  compare(a.name, b.name) ||
  compare(a.id, b.id);

function whyPromote(host: Host): string {
  if (isVoter(host)) return "is an etcd voter already";
  if (host.registration?.role === "manager") return "was set up as a manager";
  return "longest here of those that can be one";
}

/** Why this host cannot become a manager now, or undefined when it can. */
function refusalOf(world: World, host: Host): { why: string; until?: number } | undefined {
  const { now, spec, failed } = world.input;
  const settings = spec.nodes[host.id];
  if (!host.registration) return { why: "not registered" };
  if (settings?.paused) return { why: `paused (spec/nodes/${host.id}/paused)` };
  if (settings?.eligible === false) return { why: `not eligible (spec/nodes/${host.id}/eligible)` };
  if (settings?.drain) return { why: `drained (spec/nodes/${host.id}/drain)` };
  if (host.status?.phase === "refused") return { why: host.status.message ?? "refused by its agent" };
  if (!host.swarm) return { why: "not in the swarm yet" };
  if (host.swarm.state !== "ready") return { why: `the swarm calls it ${host.swarm.state}` };
  if (host.swarm.availability !== "active") return { why: `its availability is ${host.swarm.availability}` };
  if (!isVoter(host) && host.status?.phase !== "running") return { why: "its agent is not done with its assignment" };
  const demoted = Date.parse(host.assignment?.demotedAt ?? "");
  const flipped = demoted + FLIP_PAUSE_MS;
  // What lies ahead was written by a clock that was wrong.
  if (demoted <= now && flipped > now) return { why: "was a manager less than a minute ago", until: flipped };
  const failure = (failed.get(host.id) ?? Number.NEGATIVE_INFINITY) + FAILURE_PAUSE_MS;
  if (failure > now) return { why: "did not come up when it was tried", until: failure };
  return undefined;
}

function chooseDemotion(world: World, managers: readonly Host[]): Choice {
  const free = managers.filter(host => !world.input.spec.nodes[host.id]?.paused);
  // The swarm's leader is never demoted: with two managers that can leave none (moby#34384).
  const candidates = free.filter(host => !host.swarm?.manager?.leader);
  const rank = sparing(world.input.self);
  const [first] = [...candidates].sort(
    (a, b) => rank(a) - rank(b) || -preference(a, b), // the last to be chosen is the first to go
  );
  if (!first)
    return {
      kind: "nobody",
      reasons: managers.map(host => `${host.name}: leads the swarm or is paused`),
      until: undefined,
    };
  return { kind: "demote", host: first, why: whyDemote(first, world.input.self) };
}

/** Half-made and unhealthy ones go first, leaders last. */
const sparing = (self: NodeId) => (host: Host) => {
  if (!isManager(host)) return 0;
  if (!isHealthyManager(host)) return 1;
  if (host.id === self) return 4;
  if (host.member?.leader) return 3;
  return 2;
};

function whyDemote(host: Host, self: NodeId): string {
  if (!isManager(host)) return "is only half a manager";
  if (!isHealthyManager(host)) return "is not healthy";
  if (host.id === self) return "does not lead the swarm";
  if (host.member?.leader) return "does not lead the swarm; etcd's leadership moves first";
  return "leads nothing";
}

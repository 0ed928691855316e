// Who is missing: a seat of which neither raft hears anything. It is judged dead when its time is over and its agent's
// lease has run out too; everything that speaks against it is a reason in words.
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import { idOf, isSame, isSilent, type Seat } from "../state/seats.ts";
import type { World } from "../state/world.ts";

/** A member that has never started may be a box that still boots for the first time; k3s evicts it after as long. */
const FIRST_START_MS = 5 * 60_000;

export interface Missing {
  readonly seat: Seat;
  /** Silent in both rafts without a break since then, milliseconds since 1970. */
  readonly since: number;
  /** Not judged dead before. */
  readonly until: number;
  /** What stands against judging it dead, whatever the time; undefined for nothing. */
  readonly obstacle: string | undefined;
}

/** The longest away first. Whoever an operation is just making, or unmaking, a manager is not missing. */
export function missingSeats(world: World): Missing[] {
  const { operation } = world.input;
  return world.seats
    .filter(seat => isSilent(seat) && (operation?.node === undefined || seat.host?.id !== operation.node))
    .map(seat => {
      const since = knownSince(world, seat) ?? lookBegan(world);
      const until = since + graceOf(world, seat);
      return { seat, since, until, obstacle: obstacleTo(world, seat, until) };
    })
    .sort((a, b) => a.since - b.since);
}

export const isDead = (world: World, { until, obstacle }: Missing): boolean =>
  obstacle === undefined && world.input.now >= until;

/** When both rafts were asked; their silence took up to a second to be one. */
const lookBegan = ({ input: { now, swarm, etcd, watchedSince } }: World): number =>
  Math.max(watchedSince, Math.min(now, ...[swarm, etcd].map(seen => (seen.known ? seen.at : now))));

/** From the last report, unless it was missed before this controller began to watch: it may have been back since. */
function knownSince({ input }: World, seat: Seat): number | undefined {
  const known = input.cluster?.missing.find(entry => isSame(entry, idOf(seat)));
  const since = known && Date.parse(known.since);
  return since !== undefined && since >= input.watchedSince && since <= input.now ? since : undefined;
}

function graceOf({ input }: World, { member, node }: Seat): number {
  const grace = input.spec.remediation.graceSeconds * 1000;
  const started = node !== undefined || (member !== undefined && member.clientUrls.length > 0);
  return started ? grace : Math.max(grace, FIRST_START_MS);
}

function obstacleTo({ input, hosts }: World, { host, address }: Seat, until: number): string | undefined {
  if (!input.spec.remediation.enabled) return "spec/remediation/enabled is false";
  if (host && input.spec.nodes[host.id]?.paused) return `spec/nodes/${host.id}/paused is true`;
  // A lease takes its time to run out: only one that outlasts the grace speaks for life. Also by its address, where a
  // seat belongs to nobody we know.
  if (input.now < until) return undefined;
  if (host?.registration || hosts.some(other => other.registration?.address === address))
    return "its agent is still registered";
  return undefined;
}

export const missingReport = (world: World): ClusterStatus["missing"] =>
  missingSeats(world).map(({ seat, since, until, obstacle }) => ({
    ...idOf(seat),
    name: seat.name,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    why: obstacle === undefined ? "unreachable" : `unreachable, but ${obstacle}`,
  }));

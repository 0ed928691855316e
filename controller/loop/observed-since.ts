// Since when the world has been watched without a gap. Who was missed before a gap may have been back in it, so that
// waiting times begin anew after it: after a change of leader, of either kind, after blindness, and after a clock's jump.

export interface Watch {
  /** Wall time, milliseconds since 1970, as everything below but `monotonic`. */
  readonly since: number;
  readonly observedAt: number;
  readonly monotonic: number;
  /** The swarm's leader: a new one marks nodes as unknown and finds out for itself. Undefined while not all was seen. */
  readonly leader: string | undefined;
}

/** Longer than the slow resync: a process that slept. */
const GAP_MS = 40_000;
/** Two clocks that differ by more after one span have not both been left alone. */
const JUMP_MS = 5_000;

export type Sight = Omit<Watch, "since" | "observedAt"> & { readonly now: number };

export function watchOn(before: Watch | undefined, { now, monotonic, leader }: Sight): Watch {
  const passed = before && monotonic - before.monotonic;
  const unbroken =
    before !== undefined &&
    passed !== undefined &&
    passed <= GAP_MS &&
    Math.abs(now - before.observedAt - passed) <= JUMP_MS &&
    leader !== undefined &&
    leader === before.leader;
  return { since: unbroken ? before.since : now, observedAt: now, monotonic, leader };
}

// Since when both rafts have been observed without a gap. A machine that was unreachable before a gap may have
// answered in it, so every grace starts again after it: after a change of the leader or the swarm leader, an
// unobservable raft, a clock jump.

export interface Watch {
  /** Milliseconds since 1970, as all times here except `monotonic`. */
  readonly since: number;
  readonly observedAt: number;
  readonly monotonic: number;
  /** The swarm leader: a new one first marks all nodes as unknown. Undefined if a raft was unobservable. */
  readonly leader: string | undefined;
}

/** Longer than the resync: the process was suspended. */
const GAP_MS = 40_000;
/** If wall and monotonic time differ by more after one step, the wall clock was set. */
const JUMP_MS = 5_000;

export type ObservedNow = Omit<Watch, "since" | "observedAt"> & { readonly now: number };

/** The watch after one more observation: `since` stays unless there was a gap. */
export function continueWatch(before: Watch | undefined, { now, monotonic, leader }: ObservedNow): Watch {
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

// What a leader remembers from round to round. All of it may be lost with the process.
import type { ReportedDrift } from "../events/drift.ts";
import type { HealthHistory } from "./healthy-since.ts";
import type { Watch } from "./observed-since.ts";

export interface Memory {
  round: number;
  /** Since when this controller has observed both rafts without a gap. */
  watch: Watch | undefined;
  health: HealthHistory;
  readonly drift: ReportedDrift;
  /** An event has recorded that this controller leads. */
  leads: boolean;
  /** What the last round waited for, by ids, so that a wait is logged once. */
  lastLogged: string;
  /**
   * The actions of the last round, and how often in a row they were the same, so that repeats without effect are
   * slowed down.
   */
  lastDone: string;
  repeats: number;
  /** Since when the swarm has been unobservable, milliseconds since 1970. */
  unobservableSince: number | undefined;
  /** The newest mod revision of a spec key that a round has read; undefined before the first round. */
  specRevision: number | undefined;
}

export const newMemory = (): Memory => ({
  round: 0,
  watch: undefined,
  health: new Map(),
  drift: new Map(),
  leads: false,
  lastLogged: "",
  lastDone: "",
  repeats: 0,
  unobservableSince: undefined,
  specRevision: undefined,
});

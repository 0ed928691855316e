// What a controller remembers from round to round; all of it may be lost with the process.
import type { ReportedDrift } from "../events/drift.ts";
import type { HealthHistory } from "./healthy-since.ts";
import type { Watch } from "./observed-since.ts";

export interface Memory {
  round: number;
  /** Since when nothing can have happened unobserved. */
  watch: Watch | undefined;
  health: HealthHistory;
  readonly drift: ReportedDrift;
  /** An event says that this controller leads. */
  leads: boolean;
  /** What the last round waited for, by ids, so that a wait is logged once and not every time. */
  lastLogged: string;
  /** What the last round did, and how often in a row it was just that: doing the same again and again must not spin. */
  lastDone: string;
  repeats: number;
  /** Since when this engine has not shown the swarm, milliseconds since 1970. */
  unseenSince: number | undefined;
  /** The newest revision of a spec key that a round has seen; undefined before the first. */
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
  unseenSince: undefined,
  specRevision: undefined,
});

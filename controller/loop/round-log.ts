// What a round of the controller says in the log.
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import type { EffectDeps } from "../effects/deps.ts";

interface Told {
  readonly round: number;
  readonly ms: number;
  readonly causes: readonly string[];
  readonly goal: string | undefined;
  readonly managers: ClusterStatus["managers"] | undefined;
  readonly done: readonly string[];
  /** The id tells one wait from another, whatever its text. */
  readonly waiting: readonly { readonly id: string; readonly text: string }[];
}

/**
 * A line where something was done, or where what is waited for has changed; silence while all is well.
 * `before` is what this returned for the last round: ids, by which a wait is told once and not every time.
 */
export function logRound({ log }: Pick<EffectDeps, "log">, before: string, told: Told): string {
  const { round, ms, causes, goal, managers, done, waiting } = told;
  const state = JSON.stringify([managers, waiting.map(({ id }) => id)]);
  if (done.length === 0 && causes.length === 0 && state === before) return state;
  const what =
    done.length > 0
      ? done.join("; ")
      : waiting.length > 0
        ? `waiting for ${waiting.map(({ text }) => text).join("; ")}`
        : "nothing to do";
  const cause = causes.length > 0 ? `${causes.join(", ")} → ` : "";
  log.info({ round, ms }, `${cause}${goal === undefined ? "" : `${goal}: `}${what}`);
  return state;
}

// One log line for a round: what the operator changed, what was done, and what the round waits for.
import type { Logger } from "pino";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Memory } from "./memory.ts";

export interface RoundSummary {
  /** How long the round took, milliseconds. */
  readonly ms: number;
  /** What the operator has written since the last round. */
  readonly causes: readonly string[];
  readonly goal: string | undefined;
  readonly managers: ClusterStatus["managers"] | undefined;
  readonly done: readonly string[];
  /** The id identifies a wait; its text may change. */
  readonly waiting: readonly { readonly id: string; readonly text: string }[];
}

/** Logs a line if something was done or changed, or if the waits differ from the last logged ones. */
export function logRound(log: Logger, memory: Memory, summary: RoundSummary): void {
  const { ms, causes, goal, managers, done, waiting } = summary;
  const state = JSON.stringify([managers, waiting.map(({ id }) => id)]);
  if (done.length === 0 && causes.length === 0 && state === memory.lastLogged) return;
  memory.lastLogged = state;
  const waits = waiting.map(({ text }) => text).join("; ");
  const what = done.length > 0 ? done.join("; ") : waits === "" ? "nothing to do" : `waiting for ${waits}`;
  const cause = causes.length > 0 ? `${causes.join(", ")} → ` : "";
  log.info({ round: memory.round, ms }, `${cause}${goal === undefined ? "" : `${goal}: `}${what}`);
}

// One log line a round: what the operator changed, what was done, what is waited for.
import type { Logger } from "pino";
import type { Memory } from "./memory.ts";

export interface RoundSummary {
  /** How long the round took, milliseconds. */
  readonly ms: number;
  /** What the operator has written since the last round. */
  readonly causes: readonly string[];
  readonly goal: string | undefined;
  readonly done: readonly string[];
  readonly waiting: readonly string[];
}

/** A line where something was done, or where what is waited for has changed; silence while all is well. */
export function logRound(log: Logger, memory: Memory, summary: RoundSummary): void {
  const { ms, causes, goal, done, waiting } = summary;
  const said = JSON.stringify([goal, waiting]);
  if (done.length === 0 && causes.length === 0 && said === memory.lastTold) return;
  memory.lastTold = said;
  const what =
    done.length > 0 ? done.join("; ") : waiting.length > 0 ? `waiting for ${waiting.join("; ")}` : "nothing to do";
  const cause = causes.length > 0 ? `${causes.join(", ")} → ` : "";
  log.info({ round: memory.round, ms }, `${cause}${goal === undefined ? "" : `${goal}: `}${what}`);
}

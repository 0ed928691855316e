// One log line a round: what the operator changed, what was done, what is waited for.
import type { Logger } from "pino";
import type { SpecEntry } from "../../crd-like-specs/spec/spec.ts";
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

/** What the operator has written since the last round: "spec/managers changed (revision 1290)". */
export function newOrders(spec: readonly SpecEntry[], memory: Memory): string[] {
  const seen = memory.specRevision;
  memory.specRevision = Math.max(seen ?? 0, ...spec.map(({ revision }) => revision));
  if (seen === undefined) return [];
  return spec.flatMap(({ path, revision }) => (revision > seen ? [`spec/${path} changed (revision ${revision})`] : []));
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

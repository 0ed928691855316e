// A revision as a person names it, and the words for one that is not there.
import { CliError } from "../terminal/error.ts";

/** CliError for what is no whole number from 1 up. */
export function revisionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError(
    `${JSON.stringify(text)} is not the number of a revision; use one that \`swarmkeeper rollout history\` shows`,
    2,
  );
}

export function unknownRevision(number: number, kept: ReadonlyMap<number, unknown>): string {
  const numbers = [...kept.keys()].sort((a, b) => a - b);
  const hint =
    numbers.length === 0 ? "none is kept, for no controller has written one yet" : `use one of ${numbers.join(", ")}`;
  return `revision ${number} is not among those that are kept; ${hint}`;
}

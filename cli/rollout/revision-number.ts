// Parses the number of a revision, and explains that a revision is not stored.
import { CliError } from "../terminal/error.ts";

/** CliError unless the text is a whole number from 1. */
export function revisionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError(
    `${JSON.stringify(text)} is not the number of a revision; use one of \`swarmkeeper rollout history\``,
    2,
  );
}

/** The message for a revision that is not stored, with the numbers of the stored ones. */
export function unknownRevision(number: number, stored: ReadonlyMap<number, unknown>): string {
  const numbers = [...stored.keys()].sort((a, b) => a - b);
  const hint =
    numbers.length === 0
      ? "none is stored, because no controller has written one yet"
      : `use one of ${numbers.join(", ")}`;
  return `revision ${number} is not stored; ${hint}`;
}

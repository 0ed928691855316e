// The lines of a command that shows a state: one fact a line, with a label in the first column.
import type { Paint, Tone } from "./paint.ts";

export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
}

export const fact = (label: string, text: string, tone?: Tone): Fact => ({ label, text, ...(tone && { tone }) });

/** Labels have at least this width, so that the columns of most outputs are the same. */
const LABEL_WIDTH = 9;

export function factLines(facts: readonly Fact[], paint: Paint): string[] {
  const width = Math.max(LABEL_WIDTH, ...facts.map(({ label }) => label.length));
  return facts.map(({ label, text, tone }) => {
    const title = paint("strong", label.padEnd(width));
    return `${title} ${tone === undefined ? text : paint(tone, text)}`;
  });
}

const NAMES = new Intl.Collator("en", { numeric: true });

/** By name with numeric order (h2 before h10), then by id. */
export const byName = (a: { name: string; id: string }, b: { name: string; id: string }): number =>
  NAMES.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);

// One fact a line, as every command that shows a state writes it: a label in the first column, then what is so.
import type { Paint, Tone } from "./paint.ts";

export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
}

export const fact = (label: string, text: string, tone?: Tone): Fact => ({ label, text, ...(tone && { tone }) });

export function factLines(facts: readonly Fact[], paint: Paint): string[] {
  return facts.map(({ label, text, tone }) => {
    const title = paint("strong", label.padEnd(9));
    return `${title} ${tone === undefined ? text : paint(tone, text)}`;
  });
}

/** h2 before h10. */
export const byName = (a: { name: string; id: string }, b: { name: string; id: string }): number =>
  a.name.localeCompare(b.name, "en", { numeric: true }) || (a.id < b.id ? -1 : 1);

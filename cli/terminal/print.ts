// What every command that shows something does with it: lines for people, or one document for programs.
import { stringify } from "yaml";

export type Form = "json" | "yaml";

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Beside what is printed, never in the midst of it. */
export function printProblems(lines: readonly string[] | undefined): void {
  if (lines !== undefined) process.stderr.write(`${lines.join("\n")}\n`);
}

/** One value as a whole document. */
export function printDocument(value: unknown, form: Form): void {
  process.stdout.write(form === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value));
}

/** One of many values, for programs that read them as they come: a JSON text a line, or a YAML document each. */
export function printNext(value: unknown, form: Form): void {
  process.stdout.write(form === "json" ? `${JSON.stringify(value)}\n` : `---\n${stringify(value)}`);
}

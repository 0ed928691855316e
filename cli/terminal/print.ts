// Prints the output of a command: human-readable lines, or JSON and YAML documents.
import { stringify } from "yaml";

export type Form = "json" | "yaml";

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Prints to standard error, so that standard output stays one document. */
export function printProblems(lines: readonly string[] | undefined): void {
  if (lines !== undefined) process.stderr.write(`${lines.join("\n")}\n`);
}

/** Prints one value as one document. */
export function printDocument(value: unknown, form: Form): void {
  process.stdout.write(form === "json" ? `${JSON.stringify(value, null, 2)}\n` : stringify(value));
}

/** Prints one value of a stream: one line of JSON, or one YAML document. */
export function printNext(value: unknown, form: Form): void {
  process.stdout.write(form === "json" ? `${JSON.stringify(value)}\n` : `---\n${stringify(value)}`);
}

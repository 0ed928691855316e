// Formats the errors of a file for the terminal, for `generate`, `apply -f` and `units push`.
// CI logs keep such reports, so a line that may contain a secret is shown only up to its name.
import type { ValidationError } from "./validation.ts";

const MAX_SHOWN = 200;
/** Lines that may contain a secret, so that neither a broken file nor a typo in a name reveals one. */
const MAY_BE_SECRET = /webho?ok|hooks\.slack\.com|passw|secret|(?<!-)token|(access|private).?key|credential/i;
/** The name at the start of a line: a YAML key, a setting in HCL or a unit file, a block in HCL. */
const NAME = /^\s*["']?[\w.-]+["']?(?=\s*[:={"])(\s*[:=])?/;

/**
 * The errors in the order of the file, those without a line last. Each is `file:line:column  message`, then its line,
 * then carets with what is expected. `text` is the content of the file. A `path` precedes the message. Hides
 * `secretLines` and lines that may contain secrets.
 */
export function errorReport(
  file: string,
  text: string,
  errors: readonly (ValidationError & { readonly path?: string })[],
  secretLines: ReadonlySet<number> = new Set(),
): string {
  const lines = text.split(/\r?\n/);
  const shown = (line: number) => shownLine(lines[line - 1] ?? "", secretLines.has(line));
  return [...errors]
    .sort((a, b) => order(a) - order(b))
    .map(({ path = "", ...error }) => {
      const message = path === "" ? error.message : `${path}: ${error.message}`;
      return excerpt(file, shown, { ...error, message });
    })
    .join("\n");
}

function order({ line, column }: ValidationError): number {
  return line === undefined ? Number.POSITIVE_INFINITY : line * 10_000 + (column ?? 0);
}

function excerpt(
  file: string,
  shownAt: (line: number) => string,
  { line, column = 1, length = 1, message, expected }: ValidationError,
): string {
  if (line === undefined) return `${file}  ${message}\n    ${expected}`;
  const shown = shownAt(line);
  const from = Math.min(column - 1, shown.length);
  const carets = "^".repeat(Math.max(1, Math.min(length, shown.length - from)));
  const margin = " ".repeat(String(line).length);
  // Keeps tabs, so that the carets are below the error.
  const before = shown.slice(0, from).replace(/[^\t]/g, " ");
  return [
    `${file}:${line}:${column}  ${message}`,
    `  ${line} | ${shown}`,
    `  ${margin} | ${before}${carets}  ${expected}`,
  ].join("\n");
}

function shownLine(line: string, secret: boolean): string {
  if (secret || MAY_BE_SECRET.test(line)) {
    const name = NAME.exec(line)?.[0];
    return name === undefined ? `${/^\s*/.exec(line)?.[0]}…` : `${name} …`;
  }
  // A control character could move the cursor or recolour the terminal.
  const printable = line.replace(/[^\P{Cc}\t]/gu, "\uFFFD");
  return printable.length > MAX_SHOWN ? `${printable.slice(0, MAX_SHOWN)}…` : printable;
}

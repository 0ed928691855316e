// What is wrong with a params file, where, and what would be right; and how that looks at the terminal.
// Every problem is collected before anything is said, so that one run shows all of them.

/** A place in a text: line and column count from 1, `length` is in characters on that line. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Problem {
  /** Undefined when the file as a whole is meant: a key that is missing has no line. */
  readonly at: Span | undefined;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What would be right; stands beside the carets. */
  readonly right: string | undefined;
}

/** `generate` wrote nothing. The message is the whole report, ready for the terminal. */
export class GenerateError extends Error {
  readonly problems: readonly Problem[];

  constructor(report: string, problems: readonly Problem[], options: { cause?: unknown } = {}) {
    super(`${report}\nnothing was written`, options);
    this.name = "GenerateError";
    this.problems = problems;
  }
}

/**
 * The problems in the order of the file, each with its line and carets; those without a line come last.
 * `hidden` lines are shown up to their colon only: what follows is a secret and reports end up in logs.
 */
export function renderProblems(
  file: string,
  text: string,
  problems: readonly Problem[],
  hidden: ReadonlySet<number> = new Set(),
): string {
  const lines = text.split(/\r?\n/);
  return [...problems]
    .sort((a, b) => order(a.at) - order(b.at))
    .map(problem => renderProblem(file, lines, problem, hidden))
    .join("\n");
}

function order(at: Span | undefined): number {
  return at === undefined ? Number.POSITIVE_INFINITY : at.line * 10_000 + at.column;
}

function renderProblem(
  file: string,
  lines: readonly string[],
  { at, message, right }: Problem,
  hidden: ReadonlySet<number>,
): string {
  if (at === undefined) return `${file}  ${message}${right === undefined ? "" : `\n    ${right}`}`;
  const number = String(at.line);
  const line = lines[at.line - 1] ?? "";
  const shown = hidden.has(at.line) ? `${line.split(":")[0]}: …` : line;
  const from = Math.min(at.column - 1, shown.length);
  const carets = "^".repeat(Math.max(1, Math.min(at.length, shown.length - from)));
  return [
    `${file}:${number}:${at.column}  ${message}`,
    `  ${number} | ${shown}`,
    `  ${" ".repeat(number.length)} | ${" ".repeat(from)}${carets}${right === undefined ? "" : `  ${right}`}`,
  ].join("\n");
}

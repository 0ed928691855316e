// Validation errors: what is wrong with a text that an operator or a program wrote, where, and what is expected.
// Parsers return them as values, because an invalid text is ordinary input.

/** A place in a text: line and column count from 1, `length` is in characters on that line. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** The place of an offset in a text. */
export function positionAt(text: string, offset: number): Pick<Span, "line" | "column"> {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** An error in one value or one file. Its place is relative to that text. */
export interface ValidationError {
  /** Counted from 1; absent if the text has no lines. */
  readonly line?: number;
  /** Counted from 1, in characters. */
  readonly column?: number;
  /** In characters on that line; 1 if absent. */
  readonly length?: number;
  /** What is wrong: a clause without a full stop. */
  readonly message: string;
  /** What is expected: an instruction, such as "use 3 or 5". */
  readonly expected: string;
}

/** An error with its path: a key under the prefix (`spec/managers`), or a path in a document (`spec.units.worker`). */
export interface LocatedError extends ValidationError {
  readonly path: string;
}

/** A value, or the first error. */
export type Parsed<T, E extends ValidationError = ValidationError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A value, or all errors. */
export type Validated<T, E extends ValidationError = ValidationError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly E[] };

/** Parses the text of one kind of value. */
export interface Parser<T> {
  /** Never throws for any text. */
  readonly parse: (text: string) => Parsed<T>;
  /** Whether the text may contain a secret. Then no message, log or report quotes it. */
  readonly secret?: boolean;
}

export const parsed = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const rejected = <E extends ValidationError>(error: E): { readonly ok: false; readonly error: E } => ({
  ok: false,
  error,
});

export const invalid = <E extends ValidationError>(
  ...errors: readonly E[]
): { readonly ok: false; readonly errors: readonly E[] } => ({ ok: false, errors });

export const errorsOf = <E extends ValidationError>(result: Validated<unknown, E>): readonly E[] =>
  result.ok ? [] : result.errors;

/** The error of a text with more than `maxBytes` bytes in UTF-8, a multiple of 1024. `what`: "a unit file". */
export function sizeError(text: string, maxBytes: number, what: string): ValidationError | undefined {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= maxBytes) return undefined;
  return {
    message: `${Math.ceil(bytes / 1024)} KiB is too large for ${what}`,
    expected: `use at most ${maxBytes / 1024} KiB`,
  };
}

/** What `explain` reads of an error; a place may be present as undefined, as in an object that was parsed. */
interface Explainable extends Pick<LocatedError, "path" | "message" | "expected"> {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** One line, as logs, messages and `swarmkeeper status` show it: `units/worker:2:1: not a unit name; use …`. */
export function explain(error: Explainable): string {
  const place = [error.path, error.line, error.column].filter(part => part !== undefined && part !== "").join(":");
  return `${place}: ${error.message}; ${error.expected}`;
}

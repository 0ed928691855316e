// What is wrong with a text that an operator or a program wrote, where, and what would be right.
// Parsers return errors as values: a mistake in a text is an expected input, never an exception.

/** A place in a text: line and column count from 1, `length` is in characters on that line. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** An error in one value or one file. Its place is in the text of the value, or of the file once a reader put it there. */
export interface ValidationError {
  /** Counted from 1, only where the text has lines. */
  readonly line?: number;
  /** Counted from 1, in characters. */
  readonly column?: number;
  /** In characters on that line; one where it is left out. */
  readonly length?: number;
  /** What is wrong: a clause without a full stop. */
  readonly message: string;
  /** What would be right: an instruction, such as "use 3 or 5". */
  readonly expected: string;
}

/** An error with its path: a key under the prefix (`spec/managers`), or a path in a document (`spec.units.worker`). */
export interface LocatedError extends ValidationError {
  readonly path: string;
}

/** A value, or the first error that says why there is none. */
export type Parsed<T, E extends ValidationError = ValidationError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A value, or all errors that say why there is none. */
export type Validated<T, E extends ValidationError = ValidationError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly E[] };

/** How the text of one kind of value is read. */
export interface Parser<T> {
  /** Never throws, whatever the text. */
  readonly parse: (text: string) => Parsed<T>;
  /** The text may hold a secret: no message, log or report quotes it. */
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

// What is wrong with a text that an operator or a program wrote, where, and what would be right.
// Parsers return errors as values: a mistake in a text is an expected input, never an exception.

/** An error in one value, not yet tied to the key or the file that holds the value. */
export interface ValidationError {
  /** Counted from 1, only where the value has lines. */
  readonly line?: number;
  /** Counted from 1, in characters. */
  readonly column?: number;
  /** What is wrong: a clause without a full stop. */
  readonly message: string;
  /** What would be right: an instruction, such as "use 3 or 5". */
  readonly expected: string;
}

/** An error with its path: a key under the prefix (`spec/managers`), or a path in a document (`spec.units.worker`). */
export interface LocatedError extends ValidationError {
  readonly path: string;
}

/** A value, or the error that says why there is none. */
export type Parsed<T, E extends ValidationError = ValidationError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const parsed = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const rejected = <E extends ValidationError>(error: E): { readonly ok: false; readonly error: E } => ({
  ok: false,
  error,
});

/** One line, as logs, messages and `swarmkeeper status` show it: `units/worker:2:1: not a unit name; use …`. */
export function explain(error: LocatedError): string {
  const place = [error.path, error.line, error.column].filter(part => part !== undefined && part !== "").join(":");
  return `${place}: ${error.message}; ${error.expected}`;
}

/** One line for an error in a file, as compilers write it: `units/web.service:3:1  not a section; use …`. */
export function explainAt(file: string, { line, column, message, expected }: ValidationError): string {
  const place = [file, line, column].filter(part => part !== undefined).join(":");
  return `${place}  ${message}; ${expected}`;
}

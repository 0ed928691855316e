// What is wrong with a text that a person or a program wrote, where, and what would be right.
// Parsers hand problems back as values: a mistake in a key is an expected input, never an exception.

/** A fault in one value, not yet tied to where the value was found. */
export interface Fault {
  /** Counted from 1, only where the value has lines. */
  readonly line?: number;
  /** Counted from 1, in characters. */
  readonly column?: number;
  /** What is wrong: a clause without a full stop. */
  readonly message: string;
  /** What would be right: an instruction, such as "use 3 or 5". */
  readonly expected: string;
}

/** A fault with its place: a key under the prefix (`spec/managers`), or a path in a document (`spec.units.worker`). */
export interface Problem extends Fault {
  readonly path: string;
}

export type Parsed<T, F extends Fault = Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: F };

export const parsed = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const refused = <F extends Fault>(problem: F): { readonly ok: false; readonly problem: F } => ({
  ok: false,
  problem,
});

/** One line, as the log, the messages and `swarmkeeper status` show it: `units/worker:2:1: not a unit name; use …`. */
export function explain(problem: Problem): string {
  const place = [problem.path, problem.line, problem.column]
    .filter(part => part !== undefined && part !== "")
    .join(":");
  return `${place}: ${problem.message}; ${problem.expected}`;
}

/** One line for a fault in a file, as compilers write it: `units/web.service:3:1  not a section; use …`. */
export function explainAt(file: string, { line, column, message, expected }: Fault): string {
  const place = [file, line, column].filter(part => part !== undefined).join(":");
  return `${place}  ${message}; ${expected}`;
}

// The error of `generate`, with a message for the terminal.
import type { ValidationError } from "../crd-like-specs/validation.ts";

/** `generate` has written nothing. The message is the whole report. */
export class GenerateError extends Error {
  readonly errors: readonly ValidationError[];

  constructor(report: string, errors: readonly ValidationError[], options: { cause?: unknown } = {}) {
    super(`${report}\nnothing was written`, options);
    this.name = "GenerateError";
    this.errors = errors;
  }
}

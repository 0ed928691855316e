// The one error that ends `generate`: what is wrong with a params file, ready for the terminal.
import type { ValidationError } from "../crd-like-specs/validation.ts";

/** `generate` wrote nothing. The message is the whole report. */
export class GenerateError extends Error {
  readonly errors: readonly ValidationError[];

  constructor(report: string, errors: readonly ValidationError[], options: { cause?: unknown } = {}) {
    super(`${report}\nnothing was written`, options);
    this.name = "GenerateError";
    this.errors = errors;
  }
}

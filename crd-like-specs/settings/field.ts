// A field: how the text of a setting is parsed, rendered and described, and its default.
// Operators write settings with `etcdctl put`, so parsers accept several forms, but only unambiguous values.
import type { Parsed, Parser, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";

/** A JSON Schema (draft 2020-12), as data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Field<T> extends Parser<T> {
  /** One line for operators: what the value decides. */
  readonly description: string;
  /** The effective value while the key does not exist. */
  readonly default: T;
  /** The normalized text: `parse(render(value))` equals `value`. */
  render(value: T): string;
  /** The schema of the value in a `Cluster` document. */
  readonly schema: JsonSchema;
}

/**
 * The one word or number in a text. Ignores white space around it, blank lines, `# comments` and one pair of quotes.
 * Rejects a second value.
 * Reads `field.expected` only for an error, because it can be costly to make (see ../lists.ts).
 */
function scalar(text: string, field: { readonly expected: string }): Parsed<string> {
  const lines = text
    .split("\n")
    .map((line, index) => ({ line: index + 1, text: withoutComment(line).trim() }))
    .filter(line => line.text !== "");
  const [first, second] = lines;
  if (first === undefined) {
    return rejected({ message: "empty", expected: `${field.expected}, or delete the key for the default` });
  }
  if (second !== undefined) {
    const message = "a second value where one is expected";
    return rejected({ line: second.line, column: 1, message, expected: field.expected });
  }
  return parsed(unquoted(first.text));
}

/** A `#` starts a comment at the start of a line or after white space, as in YAML and in shells. */
export function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, "");
}

export function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1).trim() : text;
}

/** A value as a message quotes it: on one line, at most 60 characters. */
export function quoted(text: string): string {
  const flat = text.trim();
  return JSON.stringify(flat.length > 60 ? `${flat.slice(0, 57)}…` : flat);
}

/** A field with one scalar. `read` returns the value or the error. */
export function scalarField<T>(options: {
  description: string;
  default: T;
  /** The instruction of every error of form, such as "use true or false". */
  expected: string;
  read: (text: string) => { readonly value: T } | ValidationError;
  render?: (value: T) => string;
  schema: JsonSchema;
}): Field<T> {
  return {
    description: options.description,
    default: options.default,
    schema: options.schema,
    render: options.render ?? String,
    parse: text => {
      const word = scalar(text, options);
      if (!word.ok) return word;
      const result = options.read(word.value);
      return "value" in result ? parsed(result.value) : rejected(result);
    },
  };
}

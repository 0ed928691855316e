// One spec value: how its text is read, written, described and, where nobody has set it, assumed.
// People write these with `etcdctl put`, so reading is lenient in form and strict in meaning.
import type { Parsed, Parser, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";

/** A JSON Schema (draft 2020-12), as data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Field<T> extends Parser<T> {
  /** One line for people: what the value decides. */
  readonly description: string;
  /** In force while the key does not exist. */
  readonly default: T;
  /** The canonical text: `parse(render(value))` gives the value back. */
  render(value: T): string;
  /** The value as it stands in a `Cluster` document. */
  readonly schema: JsonSchema;
}

/**
 * The one word or number in a text. White space around it, blank lines, `# comments` and one pair of quotes are form
 * and fall away; two values in one key are not a form of anything.
 */
export function scalar(text: string, expected: string): Parsed<string> {
  const lines = text
    .split("\n")
    .map((line, index) => ({ line: index + 1, text: withoutComment(line).trim() }))
    .filter(line => line.text !== "");
  const [first, second] = lines;
  if (first === undefined) {
    return rejected({ message: "empty", expected: `${expected}, or delete the key for the default` });
  }
  if (second !== undefined) {
    return rejected({ line: second.line, column: 1, message: "a second value where one is wanted", expected });
  }
  return parsed(unquoted(first.text));
}

/** A `#` opens a comment at the start of a line or after white space, as in YAML and in shells. */
export function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, "");
}

export function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1).trim() : text;
}

/** A value as a message quotes it: on one line and not longer than a person wants to read. */
export function quoted(text: string): string {
  const flat = text.trim();
  return JSON.stringify(flat.length > 60 ? `${flat.slice(0, 57)}…` : flat);
}

/** A field read from one scalar: `read` gives the value, or what is wrong with it. */
export function scalarField<T>(options: {
  description: string;
  default: T;
  /** The instruction for every fault of form, such as "use true or false". */
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
      const word = scalar(text, options.expected);
      if (!word.ok) return word;
      const result = options.read(word.value);
      return "value" in result ? parsed(result.value) : rejected(result);
    },
  };
}

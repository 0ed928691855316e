// Reads the text of a params file: its values, the place of each value, and every error.
import type { Parser, Span, ValidationError } from "../crd-like-specs/validation.ts";
import { rejected } from "../crd-like-specs/validation.ts";
import { linesOf, readYaml, textOf, unknownKey, type YamlEntry } from "../crd-like-specs/yaml-document.ts";
import { allKeys, type Given, isKey, type Key } from "./keys.ts";
import type { ParamField } from "./values.ts";

export interface ParamsReading {
  readonly given: Given;
  /** The place of each value in the file, including rejected ones. */
  readonly places: ReadonlyMap<Key, Span>;
  readonly errors: readonly ValidationError[];
  /** False if the text is not a map of keys. Then only `errors` is set. */
  readonly readable: boolean;
  /** Lines of values that are secrets. No report shows them. */
  readonly secretLines: ReadonlySet<number>;
}

/** Reads all values and collects all errors. Never throws. */
export function readParams(text: string): ParamsReading {
  const { root, syntax, duplicates } = readYaml(text);
  const entries = root.kind === "map" ? [...root.entries] : [];
  const secretLines = new Set(entries.flatMap(([key, entry]) => (isSecret(key) ? linesOf(entry) : [])));
  const isEmpty = root.kind === "empty" || (root.kind === "text" && root.text === "");
  const errors = syntax.length > 0 || isEmpty || root.kind === "map" ? syntax : [NOT_A_MAP];
  if (errors.length > 0) return { given: {}, places: new Map(), errors, readable: false, secretLines };

  const known = entries.flatMap(([key, entry]) => (isKey(key) ? [{ key, entry, values: readValues(key, entry) }] : []));
  const unknown = entries.filter(([key]) => !isKey(key));
  // Safe because allKeys and Given are derived from the same table.
  const given: Given = Object.fromEntries(
    known.flatMap(({ key, values }) =>
      values.errors.length > 0 ? [] : [[key, allKeys[key].shape === "list" ? values.values : values.values[0]]],
    ),
  );
  return {
    given,
    places: new Map(
      known.map(({ key, entry: { key: name, value } }) => [key, value.kind === "empty" ? name : value.span]),
    ),
    errors: [
      ...duplicates,
      ...unknown.map(([key, entry]) => ({ ...entry.key, ...unknownKey(key, Object.keys(allKeys), NO_SUCH_KEY) })),
      ...known.flatMap(({ values }) => values.errors),
    ],
    readable: true,
    secretLines,
  };
}

const NO_SUCH_KEY = "remove it; deploy/examples/params.yml has all keys";
const NOT_A_MAP: ValidationError = {
  ...{ line: 1, column: 1 },
  message: "a params file is a map: one `key: value` per line",
  expected: "write KEY: VALUE lines",
};

/** An error at the value of a key, or in the whole file if the key is absent. */
export function errorAt(read: ParamsReading, key: Key, message: string, expected: string): ValidationError {
  return { ...read.places.get(key), message, expected };
}

function isSecret(key: string): boolean {
  return isKey(key) && (allKeys[key] as Parser<unknown>).secret === true;
}

interface Values {
  /** All values of a list, or the single value of a text. */
  readonly values: readonly unknown[];
  readonly errors: readonly ValidationError[];
}

function readValues(key: Key, { key: name, value: node }: YamlEntry): Values {
  const field: ParamField<unknown> = allKeys[key];
  const invalid = (at: Span, message: string, expected: string): Values => ({
    values: [],
    errors: [{ ...at, message: `${key}: ${message}`, expected }],
  });
  if (node.kind === "empty" || (node.kind === "text" && node.text === ""))
    return invalid(name, "has no value", "add a value, or remove the line");
  if (node.kind === "text") {
    const entries =
      field.shape === "list" && field.separator ? node.text.split(field.separator).filter(Boolean) : [node.text];
    return entries.length === 0
      ? invalid(node.span, "is an empty list", "add an entry, or remove the line")
      : readEntries(
          key,
          entries.map(text => ({ at: node.span, text })),
        );
  }
  if (field.shape === "text")
    return invalid(node.span, "needs a single value", "use a single value, not a list or a map");
  if (node.kind !== "list") return invalid(node.span, "needs a list", "write one `- entry` per line");
  if (node.items.length === 0) return invalid(node.span, "is an empty list", "add an entry, or remove the line");
  return readEntries(
    key,
    node.items.map(item => ({ at: item.span, text: textOf(item) })),
  );
}

/** `text` is undefined for an entry that is not a single value. */
function readEntries(key: Key, entries: readonly { at: Span; text: string | undefined }[]): Values {
  const field: ParamField<unknown> = allKeys[key];
  const values: unknown[] = [];
  const errors: ValidationError[] = [];
  for (const { at, text } of entries) {
    const value =
      text === undefined
        ? rejected({ message: "an entry must be a single value", expected: "use a single value, not a list or a map" })
        : field.parse(text);
    if (!value.ok) errors.push({ ...at, message: `${key}: ${value.error.message}`, expected: value.error.expected });
    else if (values.includes(value.value))
      errors.push({
        ...at,
        message: `${key}: ${JSON.stringify(value.value)} is listed twice`,
        expected: "list it once",
      });
    else values.push(value.value);
  }
  return { values, errors };
}

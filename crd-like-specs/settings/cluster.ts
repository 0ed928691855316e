// The `Cluster` document: the whole spec in one YAML file, for version control. It is another form of the keys under
// `spec/`, and the same parsers read its values.
import { stringify } from "yaml";
import type { LocatedError, Span, ValidationError } from "../validation.ts";
import { linesOf, placeIn, readYaml, textOf, unknownKey, type YamlEntry, type YamlNode } from "../yaml-document.ts";
import { API_VERSION, KIND } from "./cluster-schema.ts";
import { quoted } from "./field.ts";
import { normalize } from "./setting.ts";
import { FILES, isList, isSecret, resolvePath, SPEC_PATHS, type SpecTarget } from "./table.ts";

export interface Cluster {
  /** Human-readable; has no effect. */
  readonly name?: string;
  /** Normalized texts by spec path. An absent path has its default. */
  readonly values: ReadonlyMap<string, string>;
}

export type ClusterReading =
  | { readonly ok: true; readonly value: Cluster }
  | {
      readonly ok: false;
      readonly errors: readonly LocatedError[];
      /** Lines of values that may contain a secret. No report shows them. */
      readonly secretLines: ReadonlySet<number>;
    };

const TOP_KEYS = ["apiVersion", "kind", "metadata", "spec"];
/** The paths that are maps in the document, apart from `units/files` and `nodes/ID`. */
const FOLDERS = new Set([...SPEC_PATHS.flatMap(path => path.split("/").slice(0, -1)), "nodes"]);

/** Filled while the document is read. */
interface Reading {
  readonly values: Map<string, string>;
  readonly errors: LocatedError[];
  readonly secretLines: Set<number>;
}

/** Reads a document and finds all its errors, each with its line and column. Never throws. */
export function parseCluster(text: string): ClusterReading {
  const { root, syntax, duplicates } = readYaml(text);
  const reading: Reading = { values: new Map(), errors: [], secretLines: new Set() };
  const name = readTop(reading, root);
  const { secretLines, values } = reading;
  const inPlace = (errors: readonly ValidationError[]) => errors.map(error => ({ path: "", ...error }));
  // After a syntax error the rest of the document is not reliable.
  if (syntax.length > 0) return { ok: false, errors: inPlace(syntax), secretLines };
  const errors = [...reading.errors, ...inPlace(duplicates)];
  if (errors.length > 0) return { ok: false, errors, secretLines };
  return { ok: true, value: { ...(name !== undefined && { name }), values } };
}

/** The document with exactly these values. `parseCluster` reads the same values from it. */
export function renderCluster({ name, values }: Cluster): string {
  const known: readonly string[] = SPEC_PATHS;
  const order = [...known, ...[...values.keys()].filter(path => !known.includes(path)).sort()];
  const spec: Section = {};
  for (const path of order) {
    const text = values.get(path);
    if (text !== undefined) put(spec, path.split("/"), documentValue(path, text));
  }
  const metadata = name === undefined ? {} : { metadata: { name } };
  return stringify({ apiVersion: API_VERSION, kind: KIND, ...metadata, spec }, { lineWidth: 0 });
}

type Leaf = string | number | boolean | string[];
interface Section {
  [key: string]: Leaf | Section;
}

function put(section: Section, [key = "", ...rest]: readonly string[], leaf: Leaf): void {
  if (rest.length === 0) {
    section[key] = leaf;
    return;
  }
  const inner = section[key];
  const next: Section = typeof inner === "object" && !Array.isArray(inner) ? { ...inner } : {};
  put(next, rest, leaf);
  section[key] = next;
}

function documentValue(path: string, text: string): Leaf {
  if (path.startsWith(FILES)) return text;
  const target = resolvePath(path);
  if (target.ok && isList(target.value)) return text === "" ? [] : text.split("\n");
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Checks the top level and reads the spec. Returns `metadata.name`. */
function readTop(reading: Reading, root: YamlNode): string | undefined {
  const top = entries(reading, "", root);
  if (top === undefined) return undefined;
  for (const [key, entry] of top) {
    if (!TOP_KEYS.includes(key)) reject(reading, key, entry.key, notOneOf(key, TOP_KEYS));
  }
  for (const [key, wanted] of [
    ["apiVersion", API_VERSION],
    ["kind", KIND],
  ] as const) {
    const entry = top.get(key);
    const given = entry && textOf(entry.value);
    if (given === wanted) continue;
    const message = entry === undefined ? "missing" : `${quoted(given ?? "")} is not known`;
    reject(reading, key, entry?.value.span, { message, expected: `use ${key}: ${wanted}` });
  }
  const spec = top.get("spec");
  if (spec === undefined) reject(reading, "spec", undefined, { message: "missing", expected: "add spec:" });
  else readSection(reading, "", spec.value);
  const metadata = top.get("metadata");
  return metadata && readName(reading, metadata.value);
}

function readName(reading: Reading, metadata: YamlNode): string | undefined {
  const inner = entries(reading, "metadata", metadata);
  for (const [key, entry] of inner ?? []) {
    if (key !== "name") reject(reading, `metadata.${key}`, entry.key, notOneOf(key, ["name"]));
  }
  const name = inner?.get("name")?.value;
  return name?.kind === "text" ? name.text : undefined;
}

/** `prefix` is the path of the section, empty or with a slash at the end. */
function readSection(reading: Reading, prefix: string, section: YamlNode): void {
  const inner = entries(reading, prefix === "" ? "spec" : `spec/${prefix.slice(0, -1)}`, section);
  for (const [key, entry] of inner ?? []) {
    const path = `${prefix}${key}`;
    const folder = FOLDERS.has(path) || `${path}/` === FILES || (prefix === "nodes/" && !key.includes("/"));
    if (folder) readSection(reading, `${path}/`, entry.value);
    else readLeaf(reading, path, entry);
  }
}

function readLeaf(reading: Reading, path: string, entry: YamlEntry): void {
  const target = resolvePath(path);
  if (!target.ok) {
    reject(reading, `spec/${path}`, entry.key, target.error);
    return;
  }
  if (isSecret(target.value)) for (const line of linesOf(entry)) reading.secretLines.add(line);
  if (entry.value.kind === "list" && isList(target.value)) readList(reading, path, target.value, entry.value);
  else readScalar(reading, path, target.value, entry.value);
}

function readScalar(reading: Reading, path: string, target: SpecTarget, node: YamlNode): void {
  const text = textOf(node);
  if (text === undefined) {
    const error = { message: "a single value is expected here", expected: "write it after the colon" };
    reject(reading, `spec/${path}`, node.span, error);
    return;
  }
  const value = normalize(target, text);
  if (value.ok) reading.values.set(path, value.value);
  else reject(reading, `spec/${path}`, placeIn(node, value.error), value.error);
}

/** Gives the items to the parser of unit lists as lines, so that the line of an error is the number of its item. */
function readList(reading: Reading, path: string, target: SpecTarget, list: YamlNode & { kind: "list" }): void {
  const names = list.items.map(item => textOf(item) ?? "");
  const invalidItem = names.findIndex(name => name === "" || /[\n\r,#]/.test(name));
  if (invalidItem >= 0) {
    const error = {
      message: `item ${invalidItem + 1} is not a single name`,
      expected: "write - NAME, one name per item",
    };
    reject(reading, `spec/${path}`, list.items[invalidItem]?.span ?? list.span, error);
    return;
  }
  const value = normalize(target, names.join("\n"));
  if (value.ok) reading.values.set(path, value.value);
  else reject(reading, `spec/${path}`, list.items[(value.error.line ?? 0) - 1]?.span ?? list.span, value.error);
}

/** The entries of a map; none for an empty value. Rejects any other value. */
function entries(reading: Reading, path: string, node: YamlNode): ReadonlyMap<string, YamlEntry> | undefined {
  if (node.kind === "map") return node.entries;
  if (node.kind === "empty") return new Map();
  reject(reading, path, node.span, { message: "not a map", expected: "write KEY: VALUE lines below it" });
  return undefined;
}

const notOneOf = (key: string, known: readonly string[]) => unknownKey(key, known, `use ${known.join(", ")}`);

/** Adds an error at its place in the document, which is undefined for an absent key. */
function reject(
  reading: Reading,
  path: string,
  place: Partial<Span> | undefined,
  { message, expected }: Pick<ValidationError, "message" | "expected">,
): void {
  reading.errors.push({ path, ...place, message, expected });
}

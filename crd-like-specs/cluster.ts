// The `Cluster` document: the whole spec in one YAML file, for people who keep it under version control. It is another
// form of the keys under `spec/` and has no meaning of its own; every value goes through the same parsers.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from "yaml";
import { API_VERSION, KIND } from "./cluster-schema.ts";
import { quoted } from "./spec/field.ts";
import { nearest } from "./spec/suggest.ts";
import { canonical, FILES, isListPath, type Place, placeOf, SPEC_PATHS } from "./spec/table.ts";
import type { LocatedError, ValidationError } from "./validation.ts";

export interface Cluster {
  /** For people only. */
  readonly name?: string;
  /** Canonical texts by spec path; a path left out is at its default. */
  readonly values: ReadonlyMap<string, string>;
}

export type ClusterReading =
  | { readonly ok: true; readonly value: Cluster }
  | { readonly ok: false; readonly problems: readonly LocatedError[] };

const TOP_KEYS = ["apiVersion", "kind", "metadata", "spec"];
/** What is a map in the document, besides `units/files` and `nodes/ID`. */
const FOLDERS = new Set([...SPEC_PATHS.flatMap(path => path.split("/").slice(0, -1)), "nodes"]);

/** A node of the YAML document with the offset where it starts; undefined for `key:` without anything. */
interface Spot {
  readonly node: unknown;
  readonly offset: number;
}

interface Reading {
  readonly text: string;
  readonly lines: LineCounter;
  readonly values: Map<string, string>;
  readonly problems: LocatedError[];
}

/** Reads a document and finds all its problems, each with its line and column. Never throws. */
export function parseCluster(text: string): ClusterReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reading: Reading = { text, lines, values: new Map(), problems: [] };
  for (const { message, pos } of document.errors) {
    refuse(reading, "", pos[0], { message: `not YAML: ${message}`, expected: "mend this line" });
  }
  if (reading.problems.length > 0) return { ok: false, problems: reading.problems };
  const name = readTop(reading, spotOf(document.contents, 0));
  if (reading.problems.length > 0) return { ok: false, problems: reading.problems };
  return { ok: true, value: { ...(name !== undefined && { name }), values: reading.values } };
}

/** The document that says exactly these values; `parseCluster` gives them back. */
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
  if (isListPath(path)) return text === "" ? [] : text.split("\n");
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Checks the frame, reads the spec, and hands back `metadata.name`. */
function readTop(reading: Reading, root: Spot): string | undefined {
  const top = entries(reading, "", root);
  if (reading.problems.length > 0) return undefined;
  for (const [key, { keyOffset }] of top) {
    if (!TOP_KEYS.includes(key)) refuse(reading, key, keyOffset, unknownKey(key, TOP_KEYS));
  }
  for (const [key, wanted] of [
    ["apiVersion", API_VERSION],
    ["kind", KIND],
  ] as const) {
    const spot = top.get(key);
    const said = scalarText(spot?.node);
    if (said === wanted) continue;
    const message = spot === undefined ? "missing" : `${quoted(said ?? "")} is not known`;
    refuse(reading, key, spot?.offset ?? 0, { message, expected: `use ${key}: ${wanted}` });
  }
  const spec = top.get("spec");
  if (spec === undefined) refuse(reading, "spec", 0, { message: "missing", expected: "add spec:" });
  else readSection(reading, "", spec);
  const metadata = top.get("metadata");
  return metadata === undefined ? undefined : readName(reading, metadata);
}

function readName(reading: Reading, metadata: Spot): string | undefined {
  const inner = entries(reading, "metadata", metadata);
  for (const [key, { keyOffset }] of inner) {
    if (key !== "name") refuse(reading, `metadata.${key}`, keyOffset, unknownKey(key, ["name"]));
  }
  return scalarText(inner.get("name")?.node);
}

/** `prefix` is the path so far, with a slash at its end unless empty. */
function readSection(reading: Reading, prefix: string, section: Spot): void {
  for (const [key, spot] of entries(reading, prefix === "" ? "spec" : `spec/${prefix.slice(0, -1)}`, section)) {
    const path = `${prefix}${key}`;
    const folder = FOLDERS.has(path) || `${path}/` === FILES || (prefix === "nodes/" && !key.includes("/"));
    if (folder) readSection(reading, `${path}/`, spot);
    else readLeaf(reading, path, spot);
  }
}

function readLeaf(reading: Reading, path: string, spot: Spot & { keyOffset: number }): void {
  const place = placeOf(path);
  if (!place.ok) refuse(reading, `spec/${path}`, spot.keyOffset, place.error);
  else if (isSeq(spot.node) && isListPath(path)) {
    const items = spot.node.items.map(item => spotOf(item, spot.offset));
    readList(reading, path, place.value, items, spot.offset);
  } else readScalar(reading, path, place.value, spot);
}

function readScalar(reading: Reading, path: string, place: Place, spot: Spot): void {
  const text = spot.node === undefined ? "" : scalarText(spot.node);
  if (text === undefined) {
    const error = { message: "a single value is wanted here", expected: "write it after the colon" };
    refuse(reading, `spec/${path}`, spot.offset, error);
    return;
  }
  const value = canonical(place, text);
  if (value.ok) reading.values.set(path, value.value);
  else refuse(reading, `spec/${path}`, spot.offset, value.error, lineIn(reading, spot, text, value.error));
}

/** The items become lines, as the parser of unit lists takes them, so that the line of an error is its item. */
function readList(reading: Reading, path: string, place: Place, items: readonly Spot[], offset: number): void {
  const names = items.map(({ node }) => scalarText(node) ?? "");
  const odd = names.findIndex(name => name === "" || /[\n\r,#]/.test(name));
  if (odd >= 0) {
    const error = { message: `item ${odd + 1} is not one name`, expected: "write - NAME, one name an item" };
    refuse(reading, `spec/${path}`, items[odd]?.offset ?? offset, error);
    return;
  }
  const value = canonical(place, names.join("\n"));
  if (value.ok) reading.values.set(path, value.value);
  else refuse(reading, `spec/${path}`, items[(value.error.line ?? 0) - 1]?.offset ?? offset, value.error);
}

/** Where an error inside a block of text (`|`) stands in the document; undefined for any other form of text. */
function lineIn(
  reading: Reading,
  { node, offset }: Spot,
  text: string,
  error: ValidationError,
): Omit<ValidationError, "message" | "expected"> | undefined {
  if (!isScalar(node) || node.type !== "BLOCK_LITERAL" || error.line === undefined) return undefined;
  const line = reading.lines.linePos(offset).line + error.line;
  const indent = (reading.text.split("\n")[line - 1] ?? "").length - (text.split("\n")[error.line - 1] ?? "").length;
  return { line, column: Math.max(0, indent) + (error.column ?? 1) };
}

/** The entries of a map; anything else but nothing is refused. */
function entries(reading: Reading, path: string, spot: Spot): Map<string, Spot & { keyOffset: number }> {
  const found = new Map<string, Spot & { keyOffset: number }>();
  if (spot.node === undefined) return found;
  if (!isMap(spot.node)) {
    refuse(reading, path, spot.offset, { message: "not a map", expected: "write KEY: VALUE lines below it" });
    return found;
  }
  for (const { key, value } of spot.node.items) {
    const keyOffset = spotOf(key, spot.offset).offset;
    found.set(scalarText(key) ?? "", { ...spotOf(value, keyOffset), keyOffset });
  }
  return found;
}

function spotOf(node: unknown, otherwise: number): Spot {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  const empty = node === null || (isScalar(node) && node.value === null && (node.source ?? "") === "");
  return { node: empty ? undefined : node, offset: range?.[0] ?? otherwise };
}

/** A scalar as it was written: `010` stays `010`, and an id of digits keeps its leading zero. */
function scalarText(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

function unknownKey(key: string, known: readonly string[]): ValidationError {
  const meant = nearest(key, known);
  return {
    message: `no key has this name: ${quoted(key)}`,
    expected: meant === undefined ? `use ${known.join(", ")}` : `did you mean ${meant}?`,
  };
}

function refuse(
  reading: Reading,
  path: string,
  offset: number,
  { message, expected }: ValidationError,
  place?: Omit<ValidationError, "message" | "expected">,
): void {
  const { line, col } = reading.lines.linePos(offset);
  reading.problems.push({ path, line: Math.max(1, line), column: Math.max(1, col), ...place, message, expected });
}

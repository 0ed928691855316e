// From the text of a params file to the values given in it, with the place of each, or every problem at once.
// YAML is read without types (the failsafe schema), so that each key's kind alone decides what a text means.
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLParseError,
} from "yaml";
import { nearest } from "../crd-like-specs/spec/suggest.ts";
import { allKeys, type Given, isKey, type Key } from "./keys.ts";
import type { Problem, Span } from "./problem.ts";
import { type Kind, Refusal } from "./values.ts";

export interface ReadParams {
  readonly given: Given;
  readonly problems: Problem[];
  /** False when the text is no map at all; then its problems are all there is to say. */
  readonly readable: boolean;
  /** True for a key that stands in the file, even if its value was refused. */
  readonly has: (key: Key) => boolean;
  /** Adds a problem at a key's value, or at the file as a whole when the key does not stand in it. */
  readonly refuse: (key: Key, message: string, right: string) => void;
  /** Lines that seem to hold a secret. */
  readonly secretLines: ReadonlySet<number>;
}

type Entry = Pair<Node, Node | null>;

export function readParams(text: string): ReadParams {
  const counter = new LineCounter();
  const doc = parseDocument(text, { schema: "failsafe", uniqueKeys: false, prettyErrors: false, lineCounter: counter });
  const problems: Problem[] = [];
  const pairs = new Map<Key, Entry>();
  const secretLines = new Set<number>();
  const span = (node: Node | null | undefined) => spanOf(text, counter, node);

  for (const error of doc.errors) problems.push(syntaxProblem(error, doc, counter));
  // By their looks, so that neither a broken file nor a slip in the key's name brings one to light.
  for (const [index, line] of text.split("\n").entries())
    if (/webho?ok|hooks\.slack\.com/i.test(line)) secretLines.add(index + 1);

  const root: unknown = doc.contents;
  const nothing = root === null || (isScalar(root) && root.value === "");
  if (doc.errors.length === 0 && !nothing && !isMap(root)) {
    const message = "a params file is a map: one `key: value` a line";
    problems.push({ at: { line: 1, column: 1, length: 1 }, message, right: undefined });
  }
  const given: Given = {};
  const read: ReadParams = {
    given,
    readable: problems.length === 0,
    problems,
    has: key => pairs.has(key),
    refuse: (key, message, right) => problems.push({ at: span(pairs.get(key)?.value), message, right }),
    secretLines,
  };
  if (problems.length > 0 || !isMap(root)) return read;
  collectPairs(root as YAMLMap<Node, Node | null>, pairs, problems, span);
  for (const [key, pair] of pairs) {
    const kind: Kind<unknown> = allKeys[key];
    const values = readValue(kind, pair.value, problems, node => span(node ?? pair.key), key);
    if (values === undefined) continue;
    // The kinds in allKeys and the types in Given are made from the same table, entry for entry.
    Object.assign(given, { [key]: kind.shape === "list" ? values : values[0] });
  }
  return read;
}

function collectPairs(
  root: YAMLMap<Node, Node | null>,
  pairs: Map<Key, Entry>,
  problems: Problem[],
  span: (node: Node) => Span | undefined,
): void {
  for (const pair of root.items) {
    const text = isScalar(pair.key) ? String(pair.key.value) : "";
    const at = span(pair.key);
    if (!isKey(text)) {
      const near = nearest(text.replaceAll("_", "-"), Object.keys(allKeys));
      const right = near === undefined ? undefined : `did you mean ${near}?`;
      problems.push({ at, message: `unknown key ${JSON.stringify(text)}`, right });
      continue;
    }
    const first = pairs.get(text);
    if (first === undefined) pairs.set(text, pair);
    else problems.push({ at, message: `${text} is given twice`, right: `first on line ${span(first.key)?.line}` });
  }
}

/** The values of one key, a single one for a text; undefined when there is a problem with any of them. */
function readValue(
  kind: Kind<unknown>,
  node: Node | null,
  problems: Problem[],
  span: (node: Node | null) => Span | undefined,
  key: Key,
): unknown[] | undefined {
  const refuse = (at: Node | null, message: string, right?: string) => {
    problems.push({ at: span(at), message: `${key}: ${message}`, right });
    return undefined;
  };
  if (node === null || (isScalar(node) && node.value === ""))
    return refuse(null, "has no value", "give it one, or take the line out");
  if (kind.shape === "text" && !isScalar(node)) return refuse(node, "wants one value", "not a list or a map");
  if (!isScalar(node) && !isSeq<Node>(node)) return refuse(node, "wants a list", "one `- entry` a line");

  const entries = isSeq<Node>(node)
    ? node.items.map(item => ({ item, text: isScalar(item) ? String(item.value) : undefined }))
    : split(kind, String(node.value)).map(text => ({ item: node, text }));
  if (entries.length === 0) return refuse(node, "is an empty list", "give it an entry, or take the line out");

  const before = problems.length;
  const values: unknown[] = [];
  for (const { item, text } of entries) {
    const value = text === undefined ? new Refusal("an entry is one value", "not a list or a map") : kind.parse(text);
    if (value instanceof Refusal) refuse(item, value.message, value.right);
    else if (values.includes(value)) refuse(item, `${JSON.stringify(value)} is listed twice`);
    else values.push(value);
  }
  return problems.length === before ? values : undefined;
}

function split(kind: Kind<unknown>, text: string): string[] {
  return kind.shape === "list" && kind.separator !== undefined ? text.split(kind.separator).filter(Boolean) : [text];
}

function syntaxProblem(error: YAMLParseError, doc: Document, counter: LineCounter): Problem {
  let [start, end] = error.pos;
  // Some of the parser's messages end in what it read, which may be a secret.
  let message = error.message.replace(/(: ["'{[].*|\n.*)/s, "");
  // The parser notices a missing quote where the file ends; a person wants to know where it begins.
  visit(doc, {
    Scalar: (_, { range, type }) => {
      if (error.code !== "MISSING_CHAR" || !range || !type?.startsWith("QUOTE") || range[1] < start) return undefined;
      start = range[0];
      end = start + 1;
      message = "the quote that opens here is never closed";
      return visit.BREAK;
    },
  });
  const { line, col } = counter.linePos(start);
  return { at: { line, column: col, length: end - start }, message: `not YAML: ${message}`, right: undefined };
}

function spanOf(text: string, counter: LineCounter, node: Node | null | undefined): Span | undefined {
  if (!node?.range) return undefined;
  const [start, end] = node.range;
  const { line, col } = counter.linePos(start);
  const endOfLine = text.indexOf("\n", start);
  return { line, column: col, length: Math.max(1, (endOfLine < 0 ? end : Math.min(end, endOfLine)) - start) };
}

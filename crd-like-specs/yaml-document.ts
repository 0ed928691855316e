// Reads YAML for `generate` and `apply -f`, with the place of each key and value.
// It is read without types (the failsafe schema), so that only the field decides what a text means: `010` stays `010`,
// and `3` and `"3"` mean the same.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLMap } from "yaml";
import { quoted } from "./settings/field.ts";
import { nearest } from "./suggest.ts";
import type { Span, ValidationError } from "./validation.ts";

/** `span` is the first line of the value; `lastLine` is the line on which the value ends. */
export type YamlNode = { readonly span: Span; readonly lastLine: number } & (
  | { readonly kind: "empty" }
  | { readonly kind: "text"; readonly text: string; readonly block?: Block }
  | { readonly kind: "list"; readonly items: readonly YamlNode[] }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, YamlEntry> }
  /** An alias is never resolved, so its value is unknown. */
  | { readonly kind: "alias" }
);

export interface YamlEntry {
  readonly key: Span;
  readonly value: YamlNode;
}

/** The place of a block (`|`) in the document: its first line and its indentation. */
interface Block {
  readonly line: number;
  readonly indent: number;
}

export interface YamlReading {
  /** Incomplete if there are `syntax` errors. */
  readonly root: YamlNode;
  readonly syntax: readonly ValidationError[];
  /** Keys that are given twice. The first one counts. */
  readonly duplicates: readonly ValidationError[];
}

/** Reads a document and collects its errors. Never throws. */
export function readYaml(text: string): YamlReading {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: counter,
  });
  const duplicates: ValidationError[] = [];
  const source: Source = { text, lines: text.split(/\r?\n/), counter, duplicates };
  const root = nodeOf(source, document.contents, [0, 0]);
  return { root, syntax: syntaxErrors(source, document), duplicates };
}

/** The place in the document of an error in a text: its line in a block, or the start of any other form of text. */
export function placeIn(node: YamlNode, { line, column = 1, length }: Partial<Span>): Partial<Span> {
  if (node.kind !== "text" || node.block === undefined || line === undefined) return node.span;
  const place = { line: node.block.line + line - 1, column: node.block.indent + column };
  return length === undefined ? place : { ...place, length };
}

/** The text of a scalar, empty for none; undefined for a list, a map or an alias. */
export function textOf(node: YamlNode): string | undefined {
  if (node.kind === "empty") return "";
  return node.kind === "text" ? node.text : undefined;
}

/** The lines of an entry, including its key. */
export function linesOf({ key, value }: YamlEntry): number[] {
  return Array.from({ length: value.lastLine - key.line + 1 }, (_, index) => key.line + index);
}

/** The error for a key that is not in `known`. `otherwise` is expected if none of them is near. */
export function unknownKey(key: string, known: readonly string[], otherwise: string) {
  const meant = nearest(key.replaceAll("_", "-"), known);
  return {
    message: `unknown key ${quoted(key)}`,
    expected: meant === undefined ? otherwise : `did you mean ${meant}?`,
  };
}

interface Source {
  readonly text: string;
  readonly lines: readonly string[];
  readonly counter: LineCounter;
  /** Filled while the tree is built. */
  readonly duplicates: ValidationError[];
}

type Range = readonly [start: number, end: number];

/** `otherwise` is the place of an absent value. */
function nodeOf(source: Source, node: unknown, otherwise: Range): YamlNode {
  const place = (range: Range) => ({ span: spanOf(source, range), lastLine: lineAt(source, Math.max(...range) - 1) });
  if (isScalar(node)) {
    const range = rangeOf(node.range) ?? otherwise;
    const text = scalarText(node);
    if (node.type === "PLAIN" && text === "") return { kind: "empty", ...place(range) };
    const block = node.type === "BLOCK_LITERAL" ? blockOf(source, range, text) : undefined;
    return { kind: "text", text, ...(block !== undefined && { block }), ...place(range) };
  }
  if (isSeq(node)) {
    const range = rangeOf(node.range) ?? otherwise;
    return { kind: "list", items: node.items.map(item => nodeOf(source, item, range)), ...place(range) };
  }
  if (isMap(node)) {
    const range = rangeOf(node.range) ?? otherwise;
    return { kind: "map", entries: entriesOf(source, node, range), ...place(range) };
  }
  if (isAlias(node)) return { kind: "alias", ...place(rangeOf(node.range) ?? otherwise) };
  return { kind: "empty", ...place(otherwise) };
}

function entriesOf(source: Source, map: YAMLMap, otherwise: Range): Map<string, YamlEntry> {
  const entries = new Map<string, YamlEntry>();
  for (const { key, value } of map.items) {
    const range =
      (isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? rangeOf(key.range) : undefined) ?? otherwise;
    const name = isScalar(key) ? scalarText(key) : "";
    const first = entries.get(name);
    const at = spanOf(source, range);
    if (first === undefined) entries.set(name, { key: at, value: nodeOf(source, value, range) });
    else {
      source.duplicates.push({ ...at, message: `${name} is given twice`, expected: `first on line ${first.key.line}` });
    }
  }
  return entries;
}

const rangeOf = (range: readonly number[] | null | undefined): Range | undefined =>
  range?.[0] === undefined || range[1] === undefined ? undefined : [range[0], range[1]];

/** The text as it is written: a tag such as `!!int` has no effect. */
const scalarText = ({ value, source }: { value: unknown; source?: string }): string =>
  typeof value === "string" ? value : (source ?? String(value ?? ""));

function lineAt({ counter }: Source, offset: number): number {
  return Math.max(1, counter.linePos(Math.max(0, offset)).line);
}

function spanOf(source: Source, [start, end]: Range): Span {
  const { line, col } = source.counter.linePos(start);
  const endOfLine = source.text.indexOf("\n", start);
  const length = Math.max(1, (endOfLine < 0 ? end : Math.min(end, endOfLine)) - start);
  return { line: Math.max(1, line), column: Math.max(1, col), length };
}

function blockOf(source: Source, [start]: Range, text: string): Block {
  const first = lineAt(source, start) + 1;
  const lines = text.split("\n");
  const index = lines.findIndex(line => line.trim() !== "");
  const indent = index < 0 ? 0 : (source.lines[first + index - 1] ?? "").length - (lines[index] ?? "").length;
  return { line: first, indent: Math.max(0, indent) };
}

function syntaxErrors(source: Source, document: Document.Parsed): ValidationError[] {
  return document.errors.map(({ code, message, pos: [start, end] }) => {
    // The parser reports a missing quote at the end of the file. An operator needs the place where the quote begins.
    const quote = code === "MISSING_CHAR" ? openQuote(document, start) : undefined;
    return quote === undefined
      ? {
          ...spanOf(source, [start, end]),
          // Some messages of the parser end with the text that it read, which may be a secret.
          message: `not YAML: ${message.replace(/(: ["'{[].*|\n.*)/s, "")}`,
          expected: "correct this line",
        }
      : {
          ...spanOf(source, [quote, quote + 1]),
          message: "not YAML: this quote is never closed",
          expected: "close it",
        };
  });
}

/** The offset of the quoted text that reaches `offset`. */
function openQuote(document: Document.Parsed, offset: number): number | undefined {
  let start: number | undefined;
  visit(document, {
    Scalar: (_, { range, type }) => {
      if (!range || !type?.startsWith("QUOTE") || range[1] < offset) return undefined;
      start = range[0];
      return visit.BREAK;
    },
  });
  return start;
}

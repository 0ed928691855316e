// Finds the names of all settings and blocks in an HCL text, in the version that Vault reads (HCL 1,
// github.com/hashicorp/hcl, hcl/scanner). Skips strings, heredocs and comments as that scanner does.

/** A part of the text: the offset of its first character and its number of characters. */
interface Range {
  readonly offset: number;
  readonly length: number;
}

export interface HclName extends Range {
  /** Without quotes. */
  readonly name: string;
}

export interface HclError extends Range {
  readonly message: string;
  readonly expected: string;
}

export interface HclReading {
  /** In the order of the text, up to the error. */
  readonly names: readonly HclName[];
  readonly error?: HclError;
}

interface Token extends Range {
  readonly kind: "word" | "string" | "value" | "mark";
  readonly text: string;
}

/** Reads names up to the first error. Never throws. */
export function readHclNames(text: string): HclReading {
  if (/^\s*\{/.test(text)) {
    const message = "JSON, which cannot follow the HCL that the agent writes";
    return { names: [], error: { offset: text.indexOf("{"), length: 1, message, expected: "use name = value" } };
  }
  const names: HclName[] = [];
  /** Words and strings that may be the name of the next setting or block, and the labels of a block. */
  let head: Token[] = [];
  let assigned = false;
  for (const token of tokens(text)) {
    if ("message" in token) return { names, error: token };
    const { kind } = token;
    if (kind === "mark") {
      for (const one of namesIn(head, token.text)) {
        const name = nameOf(one);
        if ("message" in name) return { names, error: name };
        names.push(name);
      }
      head = [];
      assigned = token.text === "=";
    } else if (assigned || kind === "value") {
      assigned = false;
      head = [];
    } else head.push(token);
  }
  return { names };
}

/** The strings after the name of a block are its labels. Everything else in the head is a name. */
function namesIn(head: readonly Token[], mark: string): readonly Token[] {
  if (mark === "{") return head.filter(({ kind }, index) => kind === "word" || index === 0);
  return mark === "=" ? head : [];
}

function nameOf({ kind, text, ...span }: Token): HclName | HclError {
  if (kind === "word") return { name: text, ...span };
  const name = text.slice(1, -1);
  // An escape could spell any name, and no name needs one.
  return name.includes("\\")
    ? { ...span, message: "a name with an escape", expected: "write the name plainly" }
    : { name, ...span };
}

const PATTERNS: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /[ \t\r\n]+|(?:#|\/\/)[^\n]*|\/\*[\s\S]*?\*\//y],
  ["word", /[\p{L}_][\p{L}\p{Nd}_.-]*/uy],
  ["value", /[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)/y],
  ["mark", /[={}[\],]/y],
];

/** The tokens up to the first error, and the error. */
function* tokens(text: string): Generator<Token | HclError> {
  for (let offset = 0; offset < text.length; ) {
    const next = tokenAt(text, offset);
    if (typeof next === "string") {
      yield { offset, length: 1, message: next, expected: "correct it: Vault does not start with it" };
      return;
    }
    const { kind, end } = next;
    const length = end - offset;
    if (kind !== "space") yield { kind, text: text.slice(offset, end), offset, length };
    offset = end;
  }
}

/** The end of a token, or the message of the error at its start. */
type Match = { readonly kind: Token["kind"] | "space"; readonly end: number } | string;

function tokenAt(text: string, at: number): Match {
  if (text[at] === '"') return quotedAt(text, at);
  if (text.startsWith("<<", at)) return heredocAt(text, at);
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, end: at + found.length };
  }
  return text.startsWith("/*", at) ? "this comment is never closed" : "this character has no meaning in HCL";
}

/** Within `${…}` a string may contain quotes and line breaks. */
function quotedAt(text: string, start: number): Match {
  let braces = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && braces === 0) return { kind: "string", end: at + 1 };
    if (character === "\n" && braces === 0) break;
    if (character === "\\") at++;
    else if (character === "{" && (braces > 0 || text[at - 1] === "$")) braces++;
    else if (character === "}" && braces > 0) braces--;
  }
  return "this quote is not closed on its line";
}

/** From `<<NAME` to the line with only the name. */
function heredocAt(text: string, start: number): Match {
  const [head, name] = /^<<-?([\p{L}\p{Nd}_]+)\r?\n/u.exec(text.slice(start)) ?? [];
  if (head === undefined || name === undefined) return "<< without a name on its line";
  const rest = text.slice(start + head.length);
  const close = new RegExp(`(?:^|\\n)[\\t\\v\\f\\r ]*${name}\\r*(?=\\n|$)`, "u").exec(rest);
  if (close === null) return "this heredoc is never closed";
  return { kind: "value", end: start + head.length + close.index + close[0].length };
}

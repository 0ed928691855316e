// Two texts as a unified diff, which `patch` can read.
import { structuredPatch } from "diff";
import type { Paint } from "./paint.ts";

export interface TextPair {
  readonly from: { readonly name: string; readonly text: string | undefined };
  readonly to: { readonly name: string; readonly text: string | undefined };
}

const CONTEXT = 3;
/** With more differing lines than this, the comparison takes longer than an operator waits. */
const MOST_EDITS = 4_000;
const NO_FILE = "/dev/null";

/** Empty if both texts are the same. */
export function textDiff({ from, to }: TextPair, paint: Paint): string[] {
  if (from.text === to.text) return [];
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch("", "", from.text ?? "", to.text ?? "", undefined, undefined, options);
  const heading = [
    paint("strong", `--- ${from.text === undefined ? NO_FILE : from.name}`),
    paint("strong", `+++ ${to.text === undefined ? NO_FILE : to.name}`),
  ];
  if (patch === undefined) return [...heading, `more than ${MOST_EDITS} lines differ`];
  const hunks = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    paint("faint", `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`),
    ...lines.map(line => coloredLine(escaped(line), paint)),
  ]);
  return [...heading, ...hunks];
}

/** As `diff -u` writes it: an empty range stands after the line before it. */
const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? Math.max(0, start - 1) : start},${count}`;

function coloredLine(line: string, paint: Paint): string {
  if (line.startsWith("+")) return paint("good", line);
  if (line.startsWith("-")) return paint("bad", line);
  return line;
}

/** Escapes control characters, so that a text cannot control the terminal. Tabs and spaces stay. */
function escaped(line: string): string {
  return [...line]
    .map(character => {
      const code = character.codePointAt(0) ?? 0;
      const control = (code < 0x20 && character !== "\t") || (code >= 0x7f && code < 0xa0);
      return control ? `\\x${code.toString(16).padStart(2, "0")}` : character;
    })
    .join("");
}

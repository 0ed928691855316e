// Two texts as a unified diff, which everybody can read and `patch` can too.
import { structuredPatch } from "diff";
import type { Paint } from "./paint.ts";

export interface TextPair {
  readonly from: { readonly name: string; readonly text: string | undefined };
  readonly to: { readonly name: string; readonly text: string | undefined };
}

const CONTEXT = 3;
/** Where more lines differ than this, comparing takes longer than a person waits. */
const MOST_EDITS = 4_000;
const NOWHERE = "/dev/null";

/** No lines where both are the same. */
export function textDiff({ from, to }: TextPair, paint: Paint): string[] {
  if (from.text === to.text) return [];
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch("", "", from.text ?? "", to.text ?? "", undefined, undefined, options);
  const heading = [
    paint("strong", `--- ${from.text === undefined ? NOWHERE : from.name}`),
    paint("strong", `+++ ${to.text === undefined ? NOWHERE : to.name}`),
  ];
  if (patch === undefined) return [...heading, `more than ${MOST_EDITS} lines differ`];
  const hunks = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    paint("faint", `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`),
    ...lines.map(line => toned(harmless(line), paint)),
  ]);
  return [...heading, ...hunks];
}

/** As `diff -u` writes it: an empty range stands after the line before it. */
const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? Math.max(0, start - 1) : start},${count}`;

function toned(line: string, paint: Paint): string {
  if (line.startsWith("+")) return paint("good", line);
  if (line.startsWith("-")) return paint("bad", line);
  return line;
}

/** Control characters spelled out: a text must not write to the terminal what it likes. Tabs and spaces stay. */
function harmless(line: string): string {
  return [...line]
    .map(character => {
      const code = character.codePointAt(0) ?? 0;
      const control = (code < 0x20 && character !== "\t") || (code >= 0x7f && code < 0xa0);
      return control ? `\\x${code.toString(16).padStart(2, "0")}` : character;
    })
    .join("");
}

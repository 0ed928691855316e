// One change of the spec on one line: `~ spec/managers 3 → 5`, `+ spec/paused true`, `- spec/managers 5 → default 3`.
import { quoted } from "../../crd-like-specs/settings/field.ts";
import { isSecret, resolvePath } from "../../crd-like-specs/settings/table.ts";
import type { SpecChange } from "../cluster/changes.ts";
import type { Paint } from "./paint.ts";

/** One line for each change, or one line that there is none. */
export function changesText(changes: readonly SpecChange[], dryRun: boolean, paint: Paint): string[] {
  if (changes.length === 0) return ["Nothing changed: the spec has these values already."];
  const lines = changes.map(change => changeText(change, paint));
  return dryRun ? [...lines, "Nothing was written (--dry-run)."] : lines;
}

function changeText({ path, from, to, default: fallback }: SpecChange, paint: Paint): string {
  const name = `spec/${path}`;
  const target = resolvePath(path);
  const show = target.ok && isSecret(target.value) ? lineCount : short;
  if (from === undefined) return paint("good", `+ ${name} ${show(to ?? "")}`);
  if (to !== undefined) return paint("busy", `~ ${name} ${show(from)} → ${show(to)}`);
  return paint("bad", `- ${name} ${show(from)} → ${fallback === "" ? "nothing" : `default ${show(fallback)}`}`);
}

/** A word stays as it is. A longer text is quoted. More than 5 lines become their number. */
function short(text: string): string {
  if (/^\S{1,60}$/.test(text.trim())) return text.trim();
  return text.trimEnd().split("\n").length > 5 ? lineCount(text) : quoted(text);
}

function lineCount(text: string): string {
  const lines = text.trimEnd().split("\n").length;
  return `(${lines} ${lines === 1 ? "line" : "lines"})`;
}

// Computes the changes that bring `spec/units/` to the content of a folder or a revision. Pure.

import { defaultText } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { FILES, resolvePath } from "../../crd-like-specs/settings/table.ts";
import { normalizedAt, type SpecChange, specChanges } from "./changes.ts";

/** The valid keys about units. A key that no program reads is never deleted. */
export const unitEntries = (entries: readonly SpecEntry[]): SpecEntry[] =>
  entries.filter(({ path }) => path.startsWith("units/") && resolvePath(path).ok);

/**
 * `wanted`: normalized texts by spec path. A list that is not in it stays. A unit file that is not in it is deleted if
 * `prune` returns true for its name. An empty list needs no key, and a list with its default value gets none.
 */
export function unitChanges(
  entries: readonly SpecEntry[],
  wanted: ReadonlyMap<string, string>,
  prune: (file: string) => boolean,
): SpecChange[] {
  const present = unitEntries(entries).filter(
    ({ path }) => wanted.has(path) || (path.startsWith(FILES) && prune(path.slice(FILES.length))),
  );
  const texts = [...wanted].filter(([path, text]) => {
    const entry = present.find(candidate => candidate.path === path);
    return entry === undefined ? !isDefault(path, text) : text !== "" || normalizedAt(path, entry.value) === text;
  });
  return specChanges(present, new Map(texts));
}

function isDefault(path: string, text: string): boolean {
  const target = resolvePath(path);
  return target.ok && target.value.kind === "field" && text === defaultText(target.value);
}

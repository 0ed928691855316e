// What must change under `spec/units/` for it to say what a folder or a revision says; pure.

import { defaultText, normalize } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { FILES, resolvePath } from "../../crd-like-specs/settings/table.ts";
import { type SpecChange, specChanges } from "./changes.ts";

/** The keys about units that mean something; what nobody reads is nobody's to delete. */
export const unitEntries = (entries: readonly SpecEntry[]): SpecEntry[] =>
  entries.filter(({ path }) => path.startsWith("units/") && resolvePath(path).ok);

/**
 * `wanted` are canonical texts by spec path. A list that it does not name stays; a unit file that it does not name goes
 * where `prune` says so of its name. A list without units needs no key, nor does one that is as it is by default and has
 * none.
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
    return entry === undefined ? !isDefault(path, text) : text !== "" || isStatedBy(entry, text);
  });
  return specChanges(present, new Map(texts));
}

function isStatedBy({ path, value }: SpecEntry, text: string): boolean {
  const target = resolvePath(path);
  const now = target.ok ? normalize(target.value, value) : undefined;
  return now?.ok === true && now.value === text;
}

function isDefault(path: string, text: string): boolean {
  const target = resolvePath(path);
  return target.ok && target.value.kind === "field" && text === defaultText(target.value);
}

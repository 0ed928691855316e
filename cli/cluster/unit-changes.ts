// What must change under `spec/units/` for it to say what a folder or a revision says; pure.

import { canonical, defaultText } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { FILES, placeOf } from "../../crd-like-specs/settings/table.ts";
import { type SpecChange, specChanges } from "./changes.ts";

/** The keys about units that mean something; what nobody reads is nobody's to delete. */
export const unitEntries = (entries: readonly SpecEntry[]): SpecEntry[] =>
  entries.filter(({ path }) => path.startsWith("units/") && placeOf(path).ok);

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
    return entry === undefined ? !isDefault(path, text) : text !== "" || isSaidBy(entry, text);
  });
  return specChanges(present, new Map(texts));
}

function isSaidBy({ path, value }: SpecEntry, text: string): boolean {
  const place = placeOf(path);
  const now = place.ok ? canonical(place.value, value) : undefined;
  return now?.ok === true && now.value === text;
}

function isDefault(path: string, text: string): boolean {
  const place = placeOf(path);
  return place.ok && place.value.kind === "field" && text === defaultText(place.value);
}

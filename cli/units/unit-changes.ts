// What must change under `spec/units/` for it to say what a folder or a revision says; pure.
import type { SpecEntry } from "../../crd-like-specs/spec/spec.ts";
import { canonical, defaultText, FILES, placeOf } from "../../crd-like-specs/spec/table.ts";
import { type SpecChange, specChanges } from "../changes.ts";

/** The keys about units that mean something; what nobody reads is nobody's to delete. */
export const unitEntries = (entries: readonly SpecEntry[]): SpecEntry[] =>
  entries.filter(({ path }) => path.startsWith("units/") && placeOf(path).ok);

/**
 * `wanted` are canonical texts by spec path. A list that it does not name stays; a unit file that it does not name
 * stays too, unless `prune`. A list that is to be as it is by default needs no key.
 */
export function unitChanges(
  entries: readonly SpecEntry[],
  wanted: ReadonlyMap<string, string>,
  prune: boolean,
): SpecChange[] {
  const present = unitEntries(entries).filter(({ path }) => wanted.has(path) || (prune && path.startsWith(FILES)));
  const texts = new Map([...wanted].filter(([path, text]) => isSaidBy(present, path, text) || !isDefault(path, text)));
  return specChanges(present, texts);
}

function isSaidBy(entries: readonly SpecEntry[], path: string, text: string): boolean {
  const entry = entries.find(candidate => candidate.path === path);
  const place = placeOf(path);
  const now = entry && place.ok ? canonical(place.value, entry.value) : undefined;
  return now?.ok === true && now.value === text;
}

function isDefault(path: string, text: string): boolean {
  const place = placeOf(path);
  return place.ok && place.value.kind === "field" && text === defaultText(place.value);
}

// Computes the changes that bring the spec to a wanted state: puts and deletions of keys. Pure.

import { defaultText, normalize } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { resolvePath } from "../../crd-like-specs/settings/table.ts";

export interface SpecChange {
  readonly path: string;
  /** The key's text now; undefined while there is no key. */
  readonly from: string | undefined;
  /** The new text; undefined where the key is deleted. */
  readonly to: string | undefined;
  /** The effective text without a key; empty for none. */
  readonly default: string;
  /** The key's mod revision now, 0 while there is no key. */
  readonly modRevision: number;
}

/** The normalized form of a text at a path; undefined if either is invalid. */
export function normalizedAt(path: string, text: string): string | undefined {
  const target = resolvePath(path);
  const normalized = target.ok ? normalize(target.value, text) : undefined;
  return normalized?.ok ? normalized.value : undefined;
}

/** Sorted by path. A key with the same value in another form stays as it is. */
export function specChanges(entries: readonly SpecEntry[], wanted: ReadonlyMap<string, string>): SpecChange[] {
  const present = new Map(entries.map(entry => [entry.path, entry]));
  return [...new Set([...present.keys(), ...wanted.keys()])].sort().flatMap(path => {
    const entry = present.get(path);
    const to = wanted.get(path);
    const target = resolvePath(path);
    const from = entry?.value;
    if (from !== undefined && to !== undefined && normalizedAt(path, from) === to) return [];
    const fallback = target.ok ? defaultText(target.value) : "";
    return [{ path, from, to, default: fallback, modRevision: entry?.modRevision ?? 0 }];
  });
}

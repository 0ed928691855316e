// Which units, with which texts: of the spec, of a revision for a role, of an assignment; and whether two are the same.
import { createHash } from "node:crypto";
import type { Assignment, Revision, Role } from "../../crd-like-specs/resources.ts";
import type { Spec } from "../../crd-like-specs/spec/spec.ts";
import { VAULT_UNIT } from "../../crd-like-specs/spec/unit-name.ts";
import { compare } from "./hosts.ts";
import { same } from "./same.ts";

/** What one host runs: the names in start order, and the hash of each text that the spec carries. */
export interface UnitSet {
  readonly units: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** What the spec asks for, as a revision has it. */
export type Wanted = Pick<Revision, "units" | "files">;

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A text that no list names is nobody's: it may be put before the list that names it. But Vault's needs no list. */
export function wantedBy({ units }: Spec): Wanted {
  const listed = [...units.manager, ...units.worker, VAULT_UNIT];
  const files = Object.entries(units.files)
    .filter(([name]) => listed.includes(name))
    .map(([name, text]) => [name, hashOf(text)] as const);
  return {
    units: { manager: [...units.manager], worker: [...units.worker] },
    files: Object.fromEntries(files.sort(([a], [b]) => compare(a, b))),
  };
}

/** The units of a role, and their texts. */
export const setOf = ({ units, files }: Wanted, role: Role): UnitSet => ({
  units: units[role],
  files: Object.fromEntries(Object.entries(files).filter(([name]) => units[role].includes(name))),
});

export const setIn = ({ units, files }: Assignment): UnitSet => ({ units, files: files ?? {} });

export const isSameSet = (a: UnitSet, b: UnitSet): boolean => same(a, b);

/** The names that are new, gone, or have another text; empty for a change of order alone. */
export function changedNames(before: UnitSet, after: UnitSet): string[] {
  const names = [
    ...new Set([...before.units, ...after.units, ...Object.keys(before.files), ...Object.keys(after.files)]),
  ];
  return names
    .filter(
      name => before.units.includes(name) !== after.units.includes(name) || before.files[name] !== after.files[name],
    )
    .sort();
}

// The units that a node must run: those of its assignment, then Vault if the assignment has one.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";

export interface DesiredUnits {
  /** In start order. */
  readonly units: readonly string[];
  /** By unit, the hash of its text, for the texts in the spec. */
  readonly files: Readonly<Record<string, string>>;
  /** By unit, the hash of its settings: another hash restarts the unit too. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The desired units of an assignment. Pure. */
export function desiredUnits({
  units,
  files = {},
  vault,
}: Pick<Assignment, "units" | "files" | "vault">): DesiredUnits {
  if (vault === undefined) return { units, files, settings: {} };
  return {
    units: [...units, VAULT_UNIT],
    files: vault.unit === undefined ? files : { ...files, [VAULT_UNIT]: vault.unit },
    settings: { [VAULT_UNIT]: vault.hash },
  };
}

// What a host is to run: the units of its role's list, and on a manager Vault after them.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";

export interface DesiredUnits {
  /** In start order. */
  readonly units: readonly string[];
  /** The hashes of the texts that the spec carries. */
  readonly files: Readonly<Record<string, string>>;
  /** By unit, what tells the settings that it is run with from others: it is restarted for them too. */
  readonly settings: Readonly<Record<string, string>>;
}

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

// The difference between two revisions of the units.
import { ROLES } from "../../crd-like-specs/resources/role.ts";
import { same } from "../../crd-like-specs/resources/same.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import type { Wanted } from "../../crd-like-specs/units/unit-set.ts";

/** The first 12 characters of a hash: enough for an operator to compare two. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

export interface SetChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The units in both lists are started in another order. */
  readonly reordered: boolean;
}

export interface UnitsChange {
  readonly manager: SetChange;
  readonly worker: SetChange;
  /** Of units that are in a list before and after, or in none before and after. The lists show the other ones. */
  readonly texts: {
    readonly changed: readonly string[];
    /** The spec has the text now, and did not have it before. */
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
}

/** Pure. Names of texts are sorted. */
export function changeBetween(before: Wanted, after: Wanted): UnitsChange {
  const manager = listChange(before.units.manager, after.units.manager);
  const worker = listChange(before.units.worker, after.units.worker);
  const [listedBefore, listedAfter] = [listed(before), listed(after)];
  const names = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])]
    .filter(name => listedBefore.has(name) === listedAfter.has(name) && before.files[name] !== after.files[name])
    .sort();
  const carried = (files: Wanted["files"]) => (name: string) => files[name] !== undefined;
  const [was, is] = [carried(before.files), carried(after.files)];
  return {
    manager,
    worker,
    texts: {
      changed: names.filter(name => was(name) && is(name)),
      added: names.filter(name => !was(name)),
      removed: names.filter(name => !is(name)),
    },
  };
}

const listed = ({ units }: Wanted): ReadonlySet<string> => new Set([...ROLES.flatMap(role => units[role]), VAULT_UNIT]);

function listChange(before: readonly string[], after: readonly string[]): SetChange {
  const stay = before.filter(name => after.includes(name));
  return {
    added: after.filter(name => !before.includes(name)),
    removed: before.filter(name => !after.includes(name)),
    reordered: !same(
      stay,
      after.filter(name => before.includes(name)),
    ),
  };
}

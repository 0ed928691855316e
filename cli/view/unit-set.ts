// The units of both roles at one time: what the spec says, what a revision was, and what tells two of them apart.
import { createHash } from "node:crypto";
import type { ClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import type { Assignment, Role } from "../../crd-like-specs/resources.ts";
import { readSpec, type SpecReading } from "../../crd-like-specs/spec/spec.ts";
import { VAULT_UNIT } from "../../crd-like-specs/spec/unit-name.ts";

/** A Revision is one. */
export interface UnitSet {
  readonly units: Readonly<Record<Role, readonly string[]>>;
  /** The hash of each text, by unit name; texts of units in no list may be among them. */
  readonly files: Readonly<Record<string, string>>;
}

export const ROLES = ["manager", "worker"] as const satisfies readonly Role[];

/** What tells two texts of a unit file apart: SHA-256, in hex. */
export const textHash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** As much of a hash as people compare. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** As the controller reads it: a value that is refused leaves in force what its status says. */
export function specNow({ spec, specStatus }: ClusterKeys): SpecReading {
  return readSpec(spec, new Map([...specStatus].map(([path, { inForce }]) => [path, inForce])));
}

export function unitsOf({ spec }: SpecReading): UnitSet {
  const files = Object.entries(spec.units.files).map(([name, text]) => [name, textHash(text)] as const);
  return { units: spec.units, files: Object.fromEntries(files) };
}

/** Whether hosts run the same by both: a text that no list names is nothing to them, unless it is Vault's. */
export function sameForHosts(a: UnitSet, b: UnitSet): boolean {
  const same = sameText(a.files, b.files);
  return ROLES.every(role => sameNames(a.units[role], b.units[role]) && a.units[role].every(same)) && same(VAULT_UNIT);
}

/** Whether a host that does what its assignment says runs what these units are for its role. */
export function isAt({ role, units, files = {} }: Assignment, set: UnitSet): boolean {
  const wanted = set.units[role];
  return (
    sameNames(units, wanted) &&
    wanted.every(sameText(files, set.files)) &&
    Object.keys(files).every(name => wanted.includes(name))
  );
}

export interface SetChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those that stay are started in another order. */
  readonly reordered: boolean;
}

export interface UnitsChange extends Readonly<Record<Role, SetChange>> {
  /** Of units that were in some list and still are, or in none and still in none: the others' came and went with them. */
  readonly texts: {
    readonly changed: readonly string[];
    /** The spec carries it now, and did not before. */
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
}

export function changeBetween(before: UnitSet, after: UnitSet): UnitsChange {
  const manager = listChange(before.units.manager, after.units.manager);
  const worker = listChange(before.units.worker, after.units.worker);
  const [listedBefore, listedAfter] = [listed(before), listed(after)];
  const names = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])]
    .filter(name => listedBefore.has(name) === listedAfter.has(name) && before.files[name] !== after.files[name])
    .sort();
  const carried = (files: UnitSet["files"]) => (name: string) => files[name] !== undefined;
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

const listed = ({ units }: UnitSet): ReadonlySet<string> =>
  new Set([...ROLES.flatMap(role => units[role]), VAULT_UNIT]);

function listChange(before: readonly string[], after: readonly string[]): SetChange {
  const stay = before.filter(name => after.includes(name));
  return {
    added: after.filter(name => !before.includes(name)),
    removed: before.filter(name => !after.includes(name)),
    reordered: !sameNames(
      stay,
      after.filter(name => before.includes(name)),
    ),
  };
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

const sameText = (a: UnitSet["files"], b: UnitSet["files"]) => (name: string) => a[name] === b[name];

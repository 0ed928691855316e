// Unit sets: the units and texts of the spec, of a revision or of an assignment, and how two of them differ.
import type { Assignment } from "../resources/assignment.ts";
import { ROLES, type Role } from "../resources/role.ts";
import type { Revision } from "../resources/rollout.ts";
import { same } from "../resources/same.ts";
import type { Spec } from "../settings/spec.ts";
import type { UnitFiles } from "./unit-file.ts";
import { VAULT_UNIT } from "./unit-name.ts";
import { activatedBy, templateOf } from "./unit-needs.ts";

/** The units of one node: the names in start order, and the hash of each text that the spec carries. */
export interface UnitSet {
  readonly units: readonly string[];
  /** Includes units that are only placed, because a unit of the list activates them. */
  readonly files: Readonly<Record<string, string>>;
}

/** The units of the spec, in the form of a revision. */
export type Wanted = Listed & Pick<Revision, "drains">;
type Listed = Pick<Revision, "units" | "files" | "brings">;

/**
 * The units of the spec. Ignores a text that no listed unit needs, because an operator may put it before the list that
 * names it. The unit of Vault counts without a list.
 */
export function wantedBy({ units }: Pick<Spec, "units">): Wanted {
  const listed = [...new Set([...units.manager, ...units.worker])];
  const brings = Object.fromEntries(
    listed.flatMap(name => {
      const brought = broughtBy(name, units.files);
      return brought.length > 0 ? [[name, brought] as const] : [];
    }),
  );
  const needed = [
    ...new Set(
      [...listed, ...Object.values(brings).flat(), VAULT_UNIT].flatMap(name => carried(name, units.files) ?? []),
    ),
  ].sort();
  const files = needed.flatMap(name => units.files[name] ?? []);
  return {
    units: { manager: [...units.manager], worker: [...units.worker] },
    files: Object.fromEntries(files.map(({ name, hash }) => [name, hash])),
    brings,
    drains: files.flatMap(({ drain, hash }) => (drain === true ? [hash] : [])),
  };
}

/** The name under which the spec carries the text of a unit: its own, or that of its template. Undefined if neither. */
export function carried(name: string, files: Readonly<Record<string, unknown>>): string | undefined {
  if (files[name] !== undefined) return name;
  const template = templateOf(name);
  return template !== undefined && files[template] !== undefined ? template : undefined;
}

/** The units that a unit activates, directly or through others, as far as the spec carries their texts. */
function broughtBy(listed: string, files: UnitFiles): string[] {
  const found = new Set<string>();
  let name: string | undefined = listed;
  while (name !== undefined) {
    const activated: string | undefined = activatedBy(name, files[carried(name, files) ?? ""]?.activates);
    const isNew = activated !== undefined && activated !== listed && !found.has(activated);
    name = isNew && carried(activated, files) !== undefined ? activated : undefined;
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** A cache, because thousands of nodes are compared with a revision, and a revision never changes. */
const sets = new WeakMap<Listed, Record<Role, UnitSet>>();

/** The units of a role, with texts by the name on the node: that of a template under the name of each instance. */
export function setOf(wanted: Listed, role: Role): UnitSet {
  const known = sets.get(wanted) ?? { manager: placed(wanted, "manager"), worker: placed(wanted, "worker") };
  sets.set(wanted, known);
  return known[role];
}

function placed({ units, files, brings }: Listed, role: Role): UnitSet {
  const names = new Set(units[role].flatMap(name => [name, ...(brings[name] ?? [])]));
  const texts = [...names].flatMap(name => {
    const hash = files[carried(name, files) ?? ""];
    return hash === undefined ? [] : [[name, hash] as const];
  });
  return { units: units[role], files: Object.fromEntries(texts) };
}

export const setIn = ({ units, files }: Pick<Assignment, "units" | "files">): UnitSet => ({
  units,
  files: files ?? {},
});

export const isSameSet = (a: UnitSet, b: UnitSet): boolean => same(a, b);

/** Whether every node runs the same with both. */
export const isSameForNodes = (a: Listed, b: Listed): boolean =>
  ROLES.every(role => isSameSet(setOf(a, role), setOf(b, role))) && a.files[VAULT_UNIT] === b.files[VAULT_UNIT];

/** Whether the assignment has these units for its role. */
export const isAssigned = (assignment: Assignment, wanted: Listed): boolean =>
  isSameSet(setIn(assignment), setOf(wanted, assignment.role));

/** The names that are added, removed, or have another text, sorted. Empty if only the order differs. */
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

/** The hashes of the texts with Drain=yes in these revisions. */
export const drainingTexts = (revisions: Iterable<Pick<Revision, "drains">>): ReadonlySet<string> =>
  new Set([...revisions].flatMap(({ drains }) => drains));

/** Whether a unit with Drain=yes, in its old or its new text, is added, removed or changed. */
export const changeDrains = (before: UnitSet, after: UnitSet, draining: ReadonlySet<string>): boolean =>
  changedNames(before, after).some(name =>
    [before.files[name], after.files[name]].some(hash => hash !== undefined && draining.has(hash)),
  );

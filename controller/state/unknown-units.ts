// Lists that name a unit which nobody knows: the spec has no text for it, and the first hosts that were given it say that
// neither their release nor their systemd has one. The text alone does not show that: it may be a unit of the host's own.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { ROLES, type Role } from "../../crd-like-specs/resources/role.ts";
import { type RejectedEntry, type SpecReading, withRejections } from "../../crd-like-specs/settings/spec.ts";
import { FIELDS } from "../../crd-like-specs/settings/table.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { carried } from "../../crd-like-specs/units/unit-set.ts";

type Known = Pick<ClusterKeys, "spec" | "rollout" | "revisions" | "assignments" | "statuses">;

/** The reading without such lists: the last one that lacks these names is in force, and hosts go back to it. */
export const withoutUnknownUnits = (reading: SpecReading, known: Known): SpecReading =>
  withRejections(
    reading,
    ROLES.flatMap(role => rejectionOf(reading, known, role) ?? []),
  );

function rejectionOf(reading: SpecReading, known: Known, role: Role): RejectedEntry | undefined {
  const path = `units/${role}` as const;
  const entry = known.spec.find(one => one.path === path);
  if (!entry || reading.rejected.some(one => one.path === path)) return undefined;
  const { units } = reading.spec;
  const own = units[role].filter(name => carried(name, units.files) === undefined);
  const said = own.flatMap(name => {
    const lacking = whoLacks(known, role, name);
    return lacking === undefined ? [] : [{ name, lacking }];
  });
  const [first] = said;
  if (!first) return undefined;
  const unknown = said.map(({ name }) => name);
  const near = nearest(first.name, Object.keys(units.files));
  const value = listWithout(known, role, unknown);
  return {
    ...entry,
    error: {
      path: `spec/${path}`,
      message: `nobody knows ${first.name}: the spec has no text for it, and ${first.lacking} has no such unit`,
      expected: `put its text at spec/units/files/${first.name}, or ${near === undefined ? "correct the name" : `use ${near}`}`,
    },
    effective: { kind: "field", path, text: FIELDS[path].render(value), value },
    unknown,
  };
}

/**
 * The first host that has been given this unit and does not know it. Undefined once one of them has done all that it was
 * given with it: then it is a matter of the host that lacks it.
 */
function whoLacks({ assignments, statuses }: Known, role: Role, name: string): string | undefined {
  let lacks: string | undefined;
  for (const [node, assignment] of assignments) {
    if (assignment.role !== role || !assignment.units.includes(name)) continue;
    const status = statuses.get(node);
    if (status?.generation === assignment.generation) return undefined;
    const said = status?.unknownUnits;
    if (said?.generation === assignment.generation && said.names.includes(name)) lacks ??= status?.name;
  }
  return lacks;
}

/** Of the revision that was proven everywhere, or else of the newest one, in which none of these is. */
function listWithout({ rollout, revisions }: Known, role: Role, names: readonly string[]): readonly string[] {
  const numbers = [rollout?.lastGoodRevision ?? 0, ...[...revisions.keys()].sort((a, b) => b - a)];
  const lists = numbers.flatMap(number => {
    const revision = revisions.get(number);
    return revision ? [revision.units[role]] : [];
  });
  return lists.find(list => !names.some(name => list.includes(name))) ?? FIELDS[`units/${role}`].default;
}

// Unit lists that name an unknown unit: the spec has no text for it, and the first nodes with it in their assignment
// report that neither their release nor their systemd has it. The spec alone does not show that, because the unit may
// belong to the node's operating system.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { ROLES, type Role } from "../../crd-like-specs/resources/role.ts";
import { type RejectedEntry, type SpecReading, withRejections } from "../../crd-like-specs/settings/spec.ts";
import { FIELDS } from "../../crd-like-specs/settings/table.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { carried } from "../../crd-like-specs/units/unit-set.ts";

type Keys = Pick<ClusterKeys, "spec" | "rollout" | "revisions" | "assignments" | "statuses">;

/** The reading with such lists rejected: the last list without these names stays effective, and nodes return to it. */
export const withoutUnknownUnits = (reading: SpecReading, keys: Keys): SpecReading =>
  withRejections(
    reading,
    ROLES.flatMap(role => rejectionOf(reading, keys, role) ?? []),
  );

function rejectionOf(reading: SpecReading, keys: Keys, role: Role): RejectedEntry | undefined {
  const path = `units/${role}` as const;
  const entry = keys.spec.find(one => one.path === path);
  if (!entry || reading.rejected.some(one => one.path === path)) return undefined;
  const { units } = reading.spec;
  const own = units[role].filter(name => carried(name, units.files) === undefined);
  const lacks = own.flatMap(name => {
    const node = nodeLacking(keys, role, name);
    return node === undefined ? [] : [{ name, node }];
  });
  const [first] = lacks;
  if (!first) return undefined;
  const unknown = lacks.map(({ name }) => name);
  const near = nearest(first.name, Object.keys(units.files));
  const value = listWithout(keys, role, unknown);
  return {
    ...entry,
    error: {
      path: `spec/${path}`,
      message: `${first.name} is unknown: the spec has no text for it, and ${first.node} has no such unit`,
      expected: `put its text at spec/units/files/${first.name}, or ${near === undefined ? "correct the name" : `use ${near}`}`,
    },
    effective: { kind: "field", path, text: FIELDS[path].render(value), value },
    unknown,
  };
}

/**
 * The name of the first node that has this unit in its assignment and reports it as unknown. Undefined once any node
 * has applied such an assignment: the unit exists then, and only some nodes lack it.
 */
function nodeLacking({ assignments, statuses }: Keys, role: Role, name: string): string | undefined {
  let lacks: string | undefined;
  for (const [id, assignment] of assignments) {
    if (assignment.role !== role || !assignment.units.includes(name)) continue;
    const status = statuses.get(id);
    if (status?.generation === assignment.generation) return undefined;
    const report = status?.unknownUnits;
    if (report?.generation === assignment.generation && report.names.includes(name)) lacks ??= status?.name;
  }
  return lacks;
}

/** The list of the last good revision, or else of the newest one, that names none of these units. */
function listWithout({ rollout, revisions }: Keys, role: Role, names: readonly string[]): readonly string[] {
  const numbers = [rollout?.lastGoodRevision ?? 0, ...[...revisions.keys()].sort((a, b) => b - a)];
  const lists = numbers.flatMap(number => {
    const revision = revisions.get(number);
    return revision ? [revision.units[role]] : [];
  });
  return lists.find(list => !names.some(name => list.includes(name))) ?? FIELDS[`units/${role}`].default;
}

// Lists that name a unit which nobody knows: the spec has no text for it, and the first hosts that were given it say that
// neither their release nor their systemd has one. The text alone does not show that: it may be a unit of the host's own.
import type { ClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/ids.ts";
import { type Revision, ROLES, type Role } from "../../crd-like-specs/resources.ts";
import { type SpecReading, withRefusal } from "../../crd-like-specs/spec/spec.ts";
import { nearest } from "../../crd-like-specs/spec/suggest.ts";
import { FIELDS } from "../../crd-like-specs/spec/table.ts";
import { carried, isAssigned } from "../../crd-like-specs/unit-set.ts";

type Known = Pick<ClusterKeys, "spec" | "rollout" | "revisions" | "assignments" | "statuses">;

/** The reading without such lists: those of the last revision that was proven stay in force, and hosts go back to them. */
export function withoutUnknownUnits(reading: SpecReading, known: Known): SpecReading {
  const { rollout, revisions } = known;
  const target = rollout && revisions.get(rollout.target);
  // Once it is proven on one host it is a matter of the host that lacks it.
  const isNew = rollout?.target === rollout?.revision && rollout?.target !== rollout?.good && rollout?.proven === 0;
  if (!rollout || !target || !isNew) return reading;
  const good = revisions.get(rollout.good);
  return ROLES.reduce((before, role) => withoutUnknown(before, known, role, target, good), reading);
}

function withoutUnknown(
  reading: SpecReading,
  known: Known,
  role: Role,
  target: Revision,
  good: Revision | undefined,
): SpecReading {
  const path = `units/${role}` as const;
  const entry = known.spec.find(one => one.path === path);
  if (!entry || reading.refused.some(one => one.path === path)) return reading;
  const { units } = reading.spec;
  const before = good?.units[role] ?? FIELDS[path].default;
  const fresh = units[role].filter(name => !before.includes(name) && carried(name, units.files) === undefined);
  const said = sayings(known, role, target).flatMap(({ host, names }) =>
    fresh.filter(name => names.includes(name)).map(name => ({ name, host })),
  );
  const [first] = said;
  if (!first) return reading;
  const near = nearest(first.name, Object.keys(units.files));
  return withRefusal(reading, {
    ...entry,
    problem: {
      path: `spec/${path}`,
      message: `nobody knows ${first.name}: the spec has no text for it, and ${first.host} has no such unit`,
      expected: `put its text at spec/units/files/${first.name}, or ${near === undefined ? "correct the name" : `use ${near}`}`,
    },
    inForce: FIELDS[path].render(before),
    unknown: [...new Set(said.map(({ name }) => name))],
  });
}

/** What hosts that the target has been given to say that they do not know. */
function sayings({ rollout, assignments, statuses }: Known, role: Role, target: Revision) {
  const given = new Set([...(rollout?.inFlight ?? []), ...(rollout?.failed ?? [])].map(({ node }) => node));
  return [...given].flatMap((node: NodeId) => {
    const [assignment, status] = [assignments.get(node), statuses.get(node)];
    const said = status?.unknownUnits;
    if (!assignment || !said || assignment.role !== role || said.generation !== assignment.generation) return [];
    return isAssigned(assignment, target) ? [{ host: status.name, names: said.names }] : [];
  });
}

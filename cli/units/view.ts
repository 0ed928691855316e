// The units of the spec compared with those that nodes report, as an object and as lines.
import { z } from "zod";
import { someOf } from "../../crd-like-specs/lists.ts";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus, UnitReport } from "../../crd-like-specs/resources/node-status.ts";
import { ROLES, type Role } from "../../crd-like-specs/resources/role.ts";
import { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { setOf, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import { shortHash } from "../cluster/unit-set.ts";
import { byName, type Fact, fact, factLines } from "../terminal/facts.ts";
import type { Paint } from "../terminal/paint.ts";

const names = z.array(z.string());

const UnitView = z.object({
  name: z.string(),
  role: z.enum(["manager", "worker"]),
  /** False for a unit that nodes run and their role's list does not name. */
  wanted: z.boolean(),
  /** The hash of its text, if the spec has one. */
  file: z.string().optional(),
  /** Names of nodes that run it with the text of the spec; for a unit that is not wanted, those that run it. */
  same: names,
  /** Nodes that run it with another text; `file` is absent if their text does not come from the spec. */
  others: z.array(z.object({ node: z.string(), file: z.string().optional() })),
  /** Names of nodes that do not run it. */
  missing: names,
  unhealthy: z.array(UnitProblem.extend({ node: z.string() })),
});
export type UnitView = z.infer<typeof UnitView>;

export const UnitsView = z.object({
  /** Every registered node runs the units of the spec and no others. */
  same: z.boolean(),
  /** By role, in start order; then the units that are not wanted. */
  units: z.array(UnitView),
  /** Names of nodes that are not registered or have not reported: their units are unknown. */
  unknown: names,
});
export type UnitsView = z.infer<typeof UnitsView>;

interface Node {
  readonly id: NodeId;
  readonly name: string;
  readonly role: Role;
  readonly status: NodeStatus | undefined;
}

/** Pure: the same keys give the same view. */
export function buildUnits(clusterKeys: ClusterKeys): UnitsView {
  const wantedNow = wantedBy(effectiveSpec(clusterKeys).spec);
  const all = nodesOf(clusterKeys);
  const reporting = all.filter(({ status }) => status !== undefined);
  const units = ROLES.flatMap(role => {
    const ofRole = reporting.filter(node => node.role === role);
    const set = setOf(wantedNow, role);
    const reported = new Set(ofRole.flatMap(({ status }) => status?.units.map(({ name }) => name) ?? []));
    return [
      ...set.units.map(name => wantedUnit(name, role, set.files[name], ofRole)),
      ...[...reported]
        .filter(name => !set.units.includes(name))
        .sort()
        .map(name => unwantedUnit(name, role, ofRole)),
    ];
  });
  return {
    same: units.every(({ wanted, others, missing }) => wanted && others.length + missing.length === 0),
    units,
    unknown: all.filter(({ status }) => status === undefined).map(({ name }) => name),
  };
}

function nodesOf({ registrations, assignments, statuses }: ClusterKeys): Node[] {
  return [...new Set([...registrations.keys(), ...assignments.keys()])]
    .map(id => {
      const registration = registrations.get(id);
      const status = statuses.get(id);
      return {
        id,
        name: registration?.name ?? status?.name ?? id,
        role: assignments.get(id)?.role ?? registration?.role ?? "worker",
        status: registration && status,
      };
    })
    .sort(byName);
}

const reportOf = (node: Node, name: string): UnitReport | undefined =>
  node.status?.units.find(unit => unit.name === name);

function wantedUnit(name: string, role: Role, file: string | undefined, nodes: readonly Node[]): UnitView {
  const running = nodes.flatMap(each => {
    const report = reportOf(each, name);
    return report === undefined ? [] : [{ node: each.name, report }];
  });
  return {
    name,
    role,
    wanted: true,
    ...(file !== undefined && { file }),
    same: running.filter(({ report }) => report.file === file).map(({ node }) => node),
    others: running
      .filter(({ report }) => report.file !== file)
      .map(({ node, report }) => ({ node, ...(report.file !== undefined && { file: report.file }) })),
    missing: nodes.filter(node => reportOf(node, name) === undefined).map(node => node.name),
    unhealthy: running.flatMap(({ node, report }) => {
      const problem = problemOf(report);
      return problem === undefined ? [] : [{ node, ...problem }];
    }),
  };
}

/** The problem that the agent reports. Without one, a failed unit of any kind is unhealthy. */
const problemOf = ({ problem, active }: UnitReport): UnitProblem | undefined =>
  problem ?? (active === "failed" ? { reason: "Failed", transient: false, message: "failed" } : undefined);

function unwantedUnit(name: string, role: Role, nodes: readonly Node[]): UnitView {
  const same = nodes.filter(node => reportOf(node, name) !== undefined).map(node => node.name);
  return { name, role, wanted: false, same, others: [], missing: [], unhealthy: [] };
}

/** Human-readable lines: the units that differ, then those that are unhealthy. */
export function unitsText(view: UnitsView, paint: Paint): string[] {
  const differing = view.units.filter(unit => !unit.wanted || unit.others.length + unit.missing.length > 0);
  const unhealthy = view.units.filter(unit => !differing.includes(unit) && unit.unhealthy.length > 0);
  const headline = view.same
    ? paint("good", "Every registered node runs the units of the spec.")
    : paint("strong", `${differing.length} of ${view.units.length} units differ between the spec and the nodes:`);
  return [
    headline,
    ...[...differing, ...unhealthy].flatMap(unit => [titleOf(unit, paint), ...factLines(unitFacts(unit), paint)]),
    ...(view.unknown.length === 0
      ? []
      : [`Unknown, because not registered or without a report: ${someOf(view.unknown)}`]),
  ];
}

function titleOf({ name, role, wanted, file, same, others, missing }: UnitView, paint: Paint): string {
  if (!wanted) return `${paint("strong", name)} · not wanted on a ${role}`;
  const text = file === undefined ? "no text in the spec" : `text ${shortHash(file)}`;
  const all = same.length + others.length + missing.length;
  return `${paint("strong", name)} · ${role} · ${text} · as in the spec on ${same.length} of ${all}`;
}

function unitFacts({ wanted, same, others, missing, unhealthy }: UnitView): Fact[] {
  const texts = [...new Set(others.map(({ file }) => file))];
  return [
    ...(wanted ? [] : [fact("  runs", someOf(same), "busy")]),
    ...texts.map(file => {
      const names = someOf(others.filter(other => other.file === file).map(({ node }) => node));
      return fact("  other", `${names}: ${file === undefined ? "their own text" : `text ${shortHash(file)}`}`, "busy");
    }),
    ...(missing.length === 0 ? [] : [fact("  missing", someOf(missing), "busy")]),
    ...unhealthy.map(({ node, message }) => fact("  unhealthy", `${node}: ${message}`, "bad")),
  ];
}

// The units that the spec wants beside what hosts say they run: as an object and as lines.
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

const hosts = z.array(z.string());

const UnitView = z.object({
  name: z.string(),
  role: z.enum(["manager", "worker"]),
  /** False for what hosts run and their role's list does not name. */
  wanted: z.boolean(),
  /** The hash of its text, where the spec carries one. */
  file: z.string().optional(),
  /** Hosts that run it as the spec says. */
  same: hosts,
  /** Hosts that run it with another text; `file` is absent where theirs is not the spec's at all. */
  others: z.array(z.object({ host: z.string(), file: z.string().optional() })),
  /** Hosts that do not run it; for one that is not wanted, those that still do are in `same`. */
  missing: hosts,
  unhealthy: z.array(UnitProblem.extend({ host: z.string() })),
});
export type UnitView = z.infer<typeof UnitView>;

export const UnitsView = z.object({
  /** Every host that is there runs what the spec says, and nothing else. */
  same: z.boolean(),
  /** By role, in start order; then what is not wanted. */
  units: z.array(UnitView),
  /** Hosts that are not there, or have reported nothing: nobody knows what they run. */
  unknown: hosts,
});
export type UnitsView = z.infer<typeof UnitsView>;

interface Host {
  readonly id: NodeId;
  readonly name: string;
  readonly role: Role;
  readonly status: NodeStatus | undefined;
}

/** Pure: the same keys give the same view. */
export function buildUnits(known: ClusterKeys): UnitsView {
  const wantedNow = wantedBy(effectiveSpec(known).spec);
  const all = hostsOf(known);
  const there = all.filter(({ status }) => status !== undefined);
  const units = ROLES.flatMap(role => {
    const ofRole = there.filter(host => host.role === role);
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

function hostsOf({ registrations, assignments, statuses }: ClusterKeys): Host[] {
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

const reportOf = (host: Host, name: string): UnitReport | undefined =>
  host.status?.units.find(unit => unit.name === name);

function wantedUnit(name: string, role: Role, file: string | undefined, hosts: readonly Host[]): UnitView {
  const running = hosts.flatMap(host => {
    const report = reportOf(host, name);
    return report === undefined ? [] : [{ host: host.name, report }];
  });
  return {
    name,
    role,
    wanted: true,
    ...(file !== undefined && { file }),
    same: running.filter(({ report }) => report.file === file).map(({ host }) => host),
    others: running
      .filter(({ report }) => report.file !== file)
      .map(({ host, report }) => ({ host, ...(report.file !== undefined && { file: report.file }) })),
    missing: hosts.filter(host => reportOf(host, name) === undefined).map(host => host.name),
    unhealthy: running.flatMap(({ host, report }) => {
      const problem = problemOf(report);
      return problem === undefined ? [] : [{ host, ...problem }];
    }),
  };
}

/** By the rules of its kind where the agent tells them; failed is unwell for all kinds. */
const problemOf = ({ problem, active }: UnitReport): UnitProblem | undefined =>
  problem ?? (active === "failed" ? { reason: "Failed", transient: false, message: "failed" } : undefined);

function unwantedUnit(name: string, role: Role, hosts: readonly Host[]): UnitView {
  const same = hosts.filter(host => reportOf(host, name) !== undefined).map(host => host.name);
  return { name, role, wanted: false, same, others: [], missing: [], unhealthy: [] };
}

export function unitsText(view: UnitsView, paint: Paint): string[] {
  const differing = view.units.filter(unit => !unit.wanted || unit.others.length + unit.missing.length > 0);
  const unhealthy = view.units.filter(unit => !differing.includes(unit) && unit.unhealthy.length > 0);
  const headline = view.same
    ? paint("good", "Every host that is there runs what the spec says.")
    : paint("strong", `${differing.length} of ${view.units.length} units differ between the spec and the hosts:`);
  return [
    headline,
    ...[...differing, ...unhealthy].flatMap(unit => [titleOf(unit, paint), ...factLines(unitFacts(unit), paint)]),
    ...(view.unknown.length === 0 ? [] : [`Nobody knows what these run, not there or silent: ${someOf(view.unknown)}`]),
  ];
}

function titleOf({ name, role, wanted, file, same, others, missing }: UnitView, paint: Paint): string {
  if (!wanted) return `${paint("strong", name)} · no ${role} shall run it`;
  const text = file === undefined ? "no text in the spec" : `text ${shortHash(file)}`;
  const all = same.length + others.length + missing.length;
  return `${paint("strong", name)} · ${role} · ${text} · as the spec says on ${same.length} of ${all}`;
}

function unitFacts({ wanted, same, others, missing, unhealthy }: UnitView): Fact[] {
  const texts = [...new Set(others.map(({ file }) => file))];
  return [
    ...(wanted ? [] : [fact("  runs", someOf(same), "busy")]),
    ...texts.map(file => {
      const names = someOf(others.filter(other => other.file === file).map(({ host }) => host));
      return fact(
        "  other",
        `${names}: ${file === undefined ? "a text of their own" : `text ${shortHash(file)}`}`,
        "busy",
      );
    }),
    ...(missing.length === 0 ? [] : [fact("  missing", someOf(missing), "busy")]),
    ...unhealthy.map(({ host, message }) => fact("  unwell", `${host}: ${message}`, "bad")),
  ];
}

// The status object as lines for people: the state first, then why, then what comes next, then every host.
import { someOf } from "../../crd-like-specs/lists.ts";
import { quoted } from "../../crd-like-specs/settings/field.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import { type Cell, type Paint, type Tone, table } from "../terminal/paint.ts";
import { age, moment, span, waitingText } from "../terminal/time.ts";
import { vaultFact } from "../vault/text.ts";
import type { NodeView, StatusView } from "./view.ts";

export interface TextOptions {
  /** Milliseconds since 1970; all ages count from it. */
  readonly now: number;
  readonly paint: Paint;
  /** With ids and the versions of docker and etcd. */
  readonly wide: boolean;
}

export function statusText(view: StatusView, options: TextOptions): string[] {
  const facts = [
    clusterFact(view, options.now),
    ...raftFacts(view),
    ...unitFacts(view),
    ...(view.vault ? [vaultFact(view.vault)] : []),
    ...operationFacts(view, options.now),
    ...rejectedFacts(view, options.now),
    ...view.waiting.map(waiting => fact("Waiting", waitingText(waiting, options.now), "busy")),
    ...nodeFacts(view),
    ...drainFacts(view),
    ...conditionFacts(view),
    ...view.problems.map(({ path, message, expected }) => fact("Strange", `${path}: ${message}; ${expected}`, "bad")),
  ];
  const lines = factLines(facts, options.paint);
  return view.nodes.length === 0 ? lines : [...lines, "", ...nodeTable(view, options)];
}

/** `4 of 5 managers`, before any report just the reasons. */
function clusterFact(view: StatusView, now: number): Fact {
  const parts = view.ready ? ["Ready"] : ["Not ready", ...view.reasons];
  if (view.managers !== undefined) {
    const { wanted, now: present } = view.managers;
    parts.push(`${present} of ${wanted} manager${wanted === 1 ? "" : "s"}${view.leader ? "" : " when last reported"}`);
  }
  if (view.leader !== undefined) {
    parts.push(`controller on ${view.leader.name} for ${span(now - Date.parse(view.leader.since))}`);
  }
  return fact("Cluster", parts.join(" · "), view.ready ? "good" : "busy");
}

function raftFacts(view: StatusView): Fact[] {
  const facts: Fact[] = [];
  for (const [label, raft] of [
    ["Swarm", view.swarm],
    ["Etcd", view.etcd],
  ] as const) {
    if (raft === undefined) continue;
    const lost = raft.healthy < raft.needed;
    const parts = [
      lost
        ? `quorum lost: ${raft.healthy} of ${raft.voters} healthy, ${raft.needed} needed`
        : `quorum ${raft.healthy}/${raft.voters}, can lose ${raft.canLose}`,
      raft.leader === undefined ? "no leader" : `leader ${raft.leader}`,
    ];
    if ("learners" in raft && raft.learners > 0) parts.push(`${raft.learners} learning`);
    const tone = lost ? "bad" : raft.healthy < raft.voters ? "busy" : undefined;
    facts.push(fact(label, parts.join(" · "), tone));
  }
  return facts;
}

/** The sum for each role, then every unit that is not active on a host that is there. */
function unitFacts(view: StatusView): Fact[] {
  const sums = (["manager", "worker"] as const).flatMap(role => {
    const hosts = view.nodes.filter(node => node.role === role && present(node));
    const wanted = hosts.reduce((sum, node) => sum + node.units.wanted, 0);
    const active = hosts.reduce((sum, node) => sum + node.units.active, 0);
    return wanted === 0 ? [] : [`${role} ${active}/${wanted}`];
  });
  if (sums.length === 0) return [];
  const down = view.nodes.filter(present).flatMap(node =>
    node.units.down.map(unit => {
      const restarts = unit.restarts === 0 ? "" : ` after ${unit.restarts} restart${unit.restarts === 1 ? "" : "s"}`;
      return fact(
        "",
        `${unit.name} on ${node.name}: ${unit.state}${restarts}`,
        unit.state === "failed" ? "bad" : "busy",
      );
    }),
  );
  return [fact("Units", sums.join(" · ")), ...down];
}

function aimOf({ kind, replaces }: NonNullable<StatusView["operation"]>): string {
  if (kind === "remove") return "is taken out of both rafts";
  const place = replaces === undefined ? "" : ` in the place of ${replaces}`;
  return `becomes a ${kind === "promote" ? "manager" : "worker"}${place}`;
}

function operationFacts({ operation }: StatusView, now: number): Fact[] {
  if (operation === undefined) return [];
  const what = operation.rollingBack ? `${operation.name}, taking back` : `${operation.name} ${aimOf(operation)}`;
  const left = Date.parse(operation.deadline) - now;
  const end = left > 0 ? `gives up in ${span(left)}` : `${span(-left)} over its time`;
  const time = `for ${span(now - Date.parse(operation.startedAt))}, ${end}`;
  return [fact("Change", `${what}: ${operation.step.text} · ${time} · ${operation.reason}`, "busy")];
}

function rejectedFacts(view: StatusView, now: number): Fact[] {
  return view.rejected.map(({ path, line, column, value, at, reason, expected, effective }) =>
    fact(
      "Refused",
      `${place([path, line, column])} ${quoted(value)} at ${moment(at, now)}: ${reason}; ${expected} · in force: ${shown(path, effective)}`,
      "bad",
    ),
  );
}

/** `spec/units/worker:2:1`, as far as it is known. */
const place = (parts: readonly (string | number | undefined)[]): string =>
  parts.filter(part => part !== undefined).join(":");

/** What is in force, on one line: a unit file by its size, a list by its items. */
function shown(path: string, effective: string): string {
  if (effective === "") return "nothing";
  if (path.startsWith("spec/units/files/")) return `the ${effective.split("\n").length - 1} lines from before`;
  return effective.split("\n").join(", ");
}

/** Hosts that are not simply running say what they do. A stranger in etcd alone is the leader's alarm already. */
function nodeFacts(view: StatusView): Fact[] {
  return view.nodes.flatMap(node => {
    if (node.phase === "running" && node.message === undefined) return [];
    if (node.phase === "unmanaged") {
      return node.swarm === undefined ? [] : [fact("Host", `${node.name} is in the swarm and runs no agent`, "bad")];
    }
    const message = node.message === undefined ? "" : `: ${node.message}`;
    return [fact("Host", `${node.name} ${node.phase}${message}`, node.phase === "rejected" ? "bad" : "busy")];
  });
}

/** Who is drained for one reason is named on one line; what the operator asked for has a key of its own for each. */
function drainFacts({ nodes }: StatusView): Fact[] {
  const drained = nodes.flatMap(({ name, swarm }) => (swarm?.drained ? [{ name, ...swarm.drained }] : []));
  const one = (names: readonly string[], why: string) => fact("Drained", `${someOf(names)}: ${why}`, "busy");
  return [
    ...drained.flatMap(({ name, reason, message }) => (reason === "Operator" ? [one([name], message)] : [])),
    ...(["Rollout", "Manually"] as const).flatMap(reason => {
      const [first, ...others] = drained.filter(each => each.reason === reason);
      return first === undefined
        ? []
        : [
            one(
              [first, ...others].map(({ name }) => name),
              first.message,
            ),
          ];
    }),
  ];
}

const CONDITION_FACTS = {
  alarm: { label: "Alarm", tone: "bad" },
  warning: { label: "Warning", tone: "busy" },
  info: { label: "Note", tone: undefined },
} as const;

/** Conditions that stand, but for those that only repeat what a host that is there says itself. */
function conditionFacts({ conditions, nodes }: StatusView): Fact[] {
  const spokesman = (id: string | undefined) => nodes.some(node => node.id === id && node.phase === "rejected");
  return conditions
    .filter(({ status, type, subject }) => status === "True" && !(type === "NodeRejected" && spokesman(subject?.node)))
    .map(({ severity, message }) => fact(CONDITION_FACTS[severity].label, message, CONDITION_FACTS[severity].tone));
}

const present = (node: NodeView): boolean => node.phase !== "gone" && node.phase !== "unmanaged";

const TONES: Readonly<Record<string, Tone>> = {
  unreachable: "bad",
  down: "bad",
  disconnected: "bad",
  error: "bad",
  learner: "busy",
  pending: "busy",
  unknown: "busy",
};

function nodeTable(view: StatusView, { now, paint, wide }: TextOptions): string[] {
  const names = ["NODE", "ADDRESS", "ROLE", "SWARM", "ETCD", "UNITS", "UP", "VERSION"];
  const heading = [...names, ...(wide ? ["DOCKER", "ETCD-VERSION", "ID"] : [])];
  const rows = view.nodes.map((node): Cell[] => [
    { text: node.name, tone: "strong" },
    { text: node.address },
    { text: node.role },
    swarmCell(node.swarm),
    stateCell(node.etcd),
    unitsCell(node),
    node.since === undefined ? { text: node.phase, tone: "bad" } : { text: age(now - Date.parse(node.since)) },
    { text: node.version ?? "-" },
    ...(wide ? [{ text: node.docker ?? "-" }, { text: node.etcdVersion ?? "-" }, { text: node.id || "-" }] : []),
  ]);
  return table([heading.map((text): Cell => ({ text, tone: "faint" })), ...rows], paint);
}

/** `leader`, `reachable` and `unreachable` of a manager, `ready`, `down` and others of a worker; `,drain` where it is. */
function swarmCell(swarm: NodeView["swarm"]): Cell {
  if (swarm === undefined) return { text: "-" };
  const { state, availability = "active", manager } = swarm;
  const cell = stateCell(
    manager === undefined || state === "down"
      ? state
      : manager.leader
        ? "leader"
        : manager.reachable
          ? "reachable"
          : "unreachable",
  );
  return availability === "active" ? cell : { ...cell, text: `${cell.text},${availability}` };
}

function stateCell(text: string): Cell {
  const tone = TONES[text];
  return { text, ...(tone && { tone }) };
}

function unitsCell(node: NodeView): Cell {
  if (!present(node) || node.units.wanted === 0) return { text: "-" };
  const text = `${node.units.active}/${node.units.wanted}`;
  return node.units.active === node.units.wanted ? { text } : { text, tone: "bad" };
}

// The status object as human-readable lines: the state, the reasons, what comes next, then a table of the nodes.
import { span } from "../../crd-like-specs/duration.ts";
import { someOf } from "../../crd-like-specs/lists.ts";
import { quoted } from "../../crd-like-specs/settings/field.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import { type Cell, type Paint, type Tone, table } from "../terminal/paint.ts";
import { age, moment, waitingText } from "../terminal/time.ts";
import { vaultFact } from "../vault/text.ts";
import type { NodeView, StatusView } from "./view.ts";

export interface TextOptions {
  /** Milliseconds since 1970; all ages count from it. */
  readonly now: number;
  readonly paint: Paint;
  /** Adds ids and the versions of docker and etcd. */
  readonly wide: boolean;
}

/** The lines, with colour if `paint` has it. Pure. */
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
    ...view.problems.map(problem => fact("Invalid key", explain(problem), "bad")),
  ];
  const lines = factLines(facts, options.paint);
  return view.nodes.length === 0 ? lines : [...lines, "", ...nodeTable(view, options)];
}

/** `4 of 5 managers`; before the first report, the reasons alone. */
function clusterFact(view: StatusView, now: number): Fact {
  const parts = view.ready ? ["Ready"] : ["Not ready", ...view.notReady.map(({ message }) => message)];
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
    if ("learners" in raft && raft.learners > 0)
      parts.push(`${raft.learners} learner${raft.learners === 1 ? "" : "s"}`);
    const tone = lost ? "bad" : raft.healthy < raft.voters ? "busy" : undefined;
    facts.push(fact(label, parts.join(" · "), tone));
  }
  return facts;
}

/** The sum for each role, then each unit that is not active on a registered node. */
function unitFacts(view: StatusView): Fact[] {
  const sums = (["manager", "worker"] as const).flatMap(role => {
    const nodes = view.nodes.filter(node => node.role === role && isRegistered(node));
    const wanted = nodes.reduce((sum, node) => sum + node.units.wanted, 0);
    const active = nodes.reduce((sum, node) => sum + node.units.active, 0);
    return wanted === 0 ? [] : [`${role} ${active}/${wanted}`];
  });
  if (sums.length === 0) return [];
  const down = view.nodes.filter(isRegistered).flatMap(node =>
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

function effectOf({ kind, replaces }: NonNullable<StatusView["operation"]>): string {
  if (kind === "remove") return "is removed from both rafts";
  const replacing = replaces === undefined ? "" : ` and replaces ${replaces}`;
  return `becomes a ${kind === "promote" ? "manager" : "worker"}${replacing}`;
}

function operationFacts({ operation }: StatusView, now: number): Fact[] {
  if (operation === undefined) return [];
  const what = operation.rollingBack
    ? `the promotion of ${operation.name} is rolled back`
    : `${operation.name} ${effectOf(operation)}`;
  const left = Date.parse(operation.deadline) - now;
  const end = left > 0 ? `deadline in ${span(left)}` : `${span(-left)} past its deadline`;
  const time = `for ${span(now - Date.parse(operation.startedAt))}, ${end}`;
  return [fact("Change", `${what}: ${operation.step.text} · ${time} · ${operation.reason}`, "busy")];
}

function rejectedFacts(view: StatusView, now: number): Fact[] {
  return view.rejected.map(({ path, line, column, value, at, reason, expected, effective }) =>
    fact(
      "Rejected",
      `${joinPlace([path, line, column])} ${quoted(value)} at ${moment(at, now)}: ${reason}; ${expected} · in effect: ${effectiveText(path, effective)}`,
      "bad",
    ),
  );
}

/** `spec/units/worker:2:1`; parts that are not known are left out. */
const joinPlace = (parts: readonly (string | number | undefined)[]): string =>
  parts.filter(part => part !== undefined).join(":");

/** The effective value on one line: the size of a unit file, the items of a list. */
function effectiveText(path: string, effective: string): string {
  if (effective === "") return "nothing";
  if (path.startsWith("spec/units/files/")) return `the previous ${effective.split("\n").length - 1} lines`;
  return effective.split("\n").join(", ");
}

/** Nodes that are not running, or have a message. The leader reports an unmanaged etcd member as a condition already. */
function nodeFacts(view: StatusView): Fact[] {
  return view.nodes.flatMap(node => {
    if (node.phase === "running" && node.message === undefined) return [];
    if (node.phase === "unmanaged") {
      return node.swarm === undefined ? [] : [fact("Node", `${node.name} is in the swarm but runs no agent`, "bad")];
    }
    const message = node.message === undefined ? "" : `: ${node.message}`;
    return [fact("Node", `${node.name} ${node.phase}${message}`, node.phase === "rejected" ? "bad" : "busy")];
  });
}

/** Nodes that are drained for one reason are on one line; each node that the operator drains has its own key and line. */
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

/** Conditions that are true, without those that repeat the message of a registered node. */
function conditionFacts({ conditions, nodes }: StatusView): Fact[] {
  const isShown = (id: string | undefined) => nodes.some(node => node.id === id && node.phase === "rejected");
  return conditions
    .filter(({ status, type, subject }) => status === "True" && !(type === "NodeRejected" && isShown(subject?.node)))
    .map(({ severity, message }) => fact(CONDITION_FACTS[severity].label, message, CONDITION_FACTS[severity].tone));
}

const isRegistered = (node: NodeView): boolean => node.phase !== "gone" && node.phase !== "unmanaged";

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

/** `leader`, `reachable` and `unreachable` of a manager, `ready`, `down` and others of a worker; `,drain` if it is drained. */
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
  if (!isRegistered(node) || node.units.wanted === 0) return { text: "-" };
  const text = `${node.units.active}/${node.units.wanted}`;
  return node.units.active === node.units.wanted ? { text } : { text, tone: "bad" };
}

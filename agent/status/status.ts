// The node's report about itself, for the log and for `status/nodes/ID`. Each message is logged once, when its reason
// changes.
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Drift, NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Explanation } from "../host/explanation.ts";
import type { Self } from "../host/identity.ts";

/**
 * The parts of the agent that report. Each has at most one message at a time. "assignment-watch" receives the
 * assignment, "assignment" applies it.
 */
export type Component =
  | "etcd"
  | "etcd-unit"
  | "cluster"
  | "connection"
  | "registration"
  | "swarm"
  | "blocked-managers"
  | "assignment-watch"
  | "assignment"
  | "vault";

export interface StatusMessage extends Explanation {
  /** `waiting` ends by itself, `failing` is retried, `rejected` needs the operator or the controller. */
  readonly kind: "waiting" | "failing" | "rejected";
  /** How long a wait has lasted, in whole minutes. A message is logged again for each. */
  readonly minutes?: number;
}

/** What the agent has observed; `undefined` before the first observation. */
export interface Facts {
  readonly etcd: NodeStatus["etcd"] | undefined;
  readonly swarm: NodeStatus["swarm"] | undefined;
  readonly units: NodeStatus["units"];
  readonly unknownUnits: NodeStatus["unknownUnits"];
  readonly left: NodeStatus["left"];
  readonly drift: readonly Drift[];
  /** In the swarm that the cluster's record names. */
  readonly settled: boolean;
  readonly assignment: Assignment | undefined;
  /** The generation that everything has reached. */
  readonly generation: number;
  /** The machine shuts down, and the agent has deregistered the node. */
  readonly shutDown: boolean;
  readonly vault: NodeStatus["vault"];
}

export interface Report {
  facts(): Facts;
  update(observed: Partial<Facts>): void;
  /** Replaces the component's message. Logs it unless kind, reason, subject and minutes are those of the last one. */
  setMessage(component: Component, statusMessage: StatusMessage): void;
  /** Removes the component's message. */
  settle(component: Component): void;
  /** The messages of all components. Those that need the operator come first. */
  statusMessages(): readonly StatusMessage[];
  /** Undefined until etcd and docker have been observed once: unknown is not reported as a fact. */
  status(): NodeStatus | undefined;
  /** Woken by each change of the status. */
  readonly changed: Wakeup;
}

export function openReport(self: Self, clock: Clock, log: Logger): Report {
  let facts: Facts = {
    etcd: undefined,
    swarm: undefined,
    units: [],
    unknownUnits: undefined,
    left: [],
    drift: [],
    settled: false,
    assignment: undefined,
    generation: 0,
    shutDown: false,
    vault: undefined,
  };
  const statusMessages = new Map<Component, StatusMessage>();
  const changed = createWakeup(clock);
  return {
    facts: () => facts,
    update(observed) {
      const before = facts;
      facts = { ...facts, ...observed };
      if (!isDeepStrictEqual(facts, before)) changed.wake();
    },
    setMessage(component, statusMessage) {
      const before = statusMessages.get(component);
      statusMessages.set(component, statusMessage);
      changed.wake();
      if (before && isSameMessage(before, statusMessage)) return;
      if (statusMessage.kind === "waiting") log.info({ topic: component }, statusMessage.text);
      else log[statusMessage.kind === "failing" ? "warn" : "error"]({ topic: component }, statusMessage.text);
    },
    settle(component) {
      if (statusMessages.delete(component)) changed.wake();
    },
    statusMessages: () => byWeight([...statusMessages.values()]),
    status: () => statusOf(self, facts, [...statusMessages.values()]),
    changed,
  };
}

/** The sentence does not count: it may name a server or an error that differs at each attempt. */
const isSameMessage = (a: StatusMessage, b: StatusMessage): boolean =>
  a.kind === b.kind && a.reason === b.reason && a.subject === b.subject && a.minutes === b.minutes;

/** Pure: the status that follows from these facts and messages. Undefined while etcd or docker is not observed. */
export function statusOf(self: Self, facts: Facts, statusMessages: readonly StatusMessage[]): NodeStatus | undefined {
  if (!facts.etcd || !facts.swarm) return undefined;
  const sorted = byWeight(statusMessages);
  const [first] = sorted;
  return {
    id: self.id,
    name: self.name,
    generation: facts.generation,
    phase: phaseOf(facts, statusMessages),
    ...(first && { reason: first.reason, message: sorted.map(({ text }) => text).join("; ") }),
    etcd: facts.etcd,
    swarm: facts.swarm,
    left: facts.left,
    units: facts.units,
    ...(facts.unknownUnits && { unknownUnits: facts.unknownUnits }),
    ...(facts.drift.length > 0 && { drift: [...facts.drift] }),
    ...(facts.vault && { vault: facts.vault }),
  };
}

/** Messages that need the operator come first. */
function byWeight(statusMessages: readonly StatusMessage[]): StatusMessage[] {
  const weight = { rejected: 0, failing: 1, waiting: 2 };
  return [...statusMessages].sort((a, b) => weight[a.kind] - weight[b.kind]);
}

function phaseOf(facts: Facts, statusMessages: readonly StatusMessage[]): NodeStatus["phase"] {
  if (facts.shutDown) return "gone";
  if (statusMessages.some(statusMessage => statusMessage.kind === "rejected")) return "rejected";
  if (!facts.settled || !facts.assignment) return "bootstrapping";
  return facts.generation === facts.assignment.generation ? "running" : "applying";
}

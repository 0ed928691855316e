// What this host says of itself: one voice for the log and for `status/nodes/ID`, each thing said once, when it changes.
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Drift, NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Self } from "../host/identity.ts";

/** Who has something to say; each holds at most one remark. "orders" takes in the assignment, "assignment" obeys it. */
export type Component =
  | "etcd"
  | "etcd-unit"
  | "cluster"
  | "connection"
  | "registration"
  | "swarm"
  | "shun"
  | "orders"
  | "assignment"
  | "vault";

/** `waiting` passes by itself, `failing` is tried again, `refused` needs a person or the controller. */
export interface StatusMessage {
  readonly kind: "waiting" | "failing" | "rejected";
  readonly text: string;
}

/** What was seen of the world; `undefined` until it was looked at. */
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
  readonly gone: boolean;
  readonly vault: NodeStatus["vault"];
}

export interface Report {
  facts(): Facts;
  see(seen: Partial<Facts>): void;
  /** Replaces what this speaker said before; nothing is logged when it says the same again. */
  setMessage(component: Component, statusMessage: StatusMessage): void;
  /** Nothing to say any more. */
  settle(component: Component): void;
  /** What everybody has to say now; what needs a person comes first. */
  statusMessages(): readonly StatusMessage[];
  /** Undefined until etcd and docker have been looked at once: unknown is not reported as a fact. */
  status(): NodeStatus | undefined;
  /** Rung at each change of the status. */
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
    gone: false,
    vault: undefined,
  };
  const statusMessages = new Map<Component, StatusMessage>();
  const changed = createWakeup(clock);
  return {
    facts: () => facts,
    see(seen) {
      const before = facts;
      facts = { ...facts, ...seen };
      if (!isDeepStrictEqual(facts, before)) changed.wake();
    },
    setMessage(component, statusMessage) {
      const before = statusMessages.get(component);
      if (before?.kind === statusMessage.kind && before.text === statusMessage.text) return;
      statusMessages.set(component, statusMessage);
      if (statusMessage.kind === "waiting") log.info({ topic: component }, statusMessage.text);
      else log[statusMessage.kind === "failing" ? "warn" : "error"]({ topic: component }, statusMessage.text);
      changed.wake();
    },
    settle(component) {
      if (statusMessages.delete(component)) changed.wake();
    },
    statusMessages: () => byWeight([...statusMessages.values()]),
    status: () => statusOf(self, facts, [...statusMessages.values()]),
    changed,
  };
}

/** Pure: the status that these facts and remarks make. */
export function statusOf(self: Self, facts: Facts, statusMessages: readonly StatusMessage[]): NodeStatus | undefined {
  if (!facts.etcd || !facts.swarm) return undefined;
  const texts = byWeight(statusMessages).map(statusMessage => statusMessage.text);
  return {
    id: self.id,
    name: self.name,
    generation: facts.generation,
    phase: phaseOf(facts, statusMessages),
    ...(texts.length > 0 && { message: texts.join("; ") }),
    etcd: facts.etcd,
    swarm: facts.swarm,
    left: facts.left,
    units: facts.units,
    ...(facts.unknownUnits && { unknownUnits: facts.unknownUnits }),
    ...(facts.drift.length > 0 && { drift: [...facts.drift] }),
    ...(facts.vault && { vault: facts.vault }),
  };
}

/** What needs a person comes first. */
function byWeight(statusMessages: readonly StatusMessage[]): StatusMessage[] {
  const weight = { rejected: 0, failing: 1, waiting: 2 };
  return [...statusMessages].sort((a, b) => weight[a.kind] - weight[b.kind]);
}

function phaseOf(facts: Facts, statusMessages: readonly StatusMessage[]): NodeStatus["phase"] {
  if (facts.gone) return "gone";
  if (statusMessages.some(statusMessage => statusMessage.kind === "rejected")) return "rejected";
  if (!facts.settled || !facts.assignment) return "bootstrapping";
  return facts.generation === facts.assignment.generation ? "running" : "applying";
}

// The one membership operation of the cluster: continue the one in progress, begin the next, or report why neither.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import type { MachineRef, Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { hasQuorum, mayAdd, mayRemove } from "../../../quorum/arithmetic.ts";
import type { Tripped } from "../../state/circuit-breaker.ts";
import type { PlanInput } from "../../state/input.ts";
import type { ManagerLock } from "../../state/manager-lock.ts";
import { isSwarmManager, isVoter, type Node } from "../../state/nodes.ts";
import type { Unreachable } from "../../state/unreachable.ts";
import type { World } from "../../state/world.ts";
import type { Action } from "../actions.ts";
import { act, fewManagers, fewVoters, type Next, soonest, type Waits, waitFor } from "../next.ts";
import type { Candidate } from "./candidates.ts";
import { type Choice, choose } from "./choose.ts";
import { DEMOTION_DEADLINE_MS, demoteNext, demotionSteps } from "./demote.ts";
import { promoteNext, promotionSteps, unfinishedMember } from "./promote.ts";
import { intention, removalHold, removalSteps, removeDead, successorOf } from "./replace.ts";

export interface MembershipPlan {
  readonly actions: readonly Action[];
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly requeueAfterMs?: number | undefined;
}

/**
 * At most one action: the next step of the operation in progress, or the record of a new one. While another holds the
 * lock only the replacement of a dead manager begins; an operation in progress continues. Never throws.
 */
export function planMembership(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const { operation, spec } = world.input;
  if (spec.paused) return PAUSED;
  return operation ? continueOperation(world, operation) : begin(world, lock);
}

function continueOperation(world: World, operation: Operation): MembershipPlan {
  const node = operation.node && world.nodeById.get(operation.node);
  const steps = [
    ...(operation.replaces ? removalSteps(world, operation.replaces) : []),
    ...(node && operation.kind !== "remove" ? stepsOf(operation.kind, node, operation.reason) : []),
  ];
  const next = nextOf(world, operation, node);
  if (next.kind === "act") return { actions: [next.action], steps, waiting: [] };
  if (next.kind === "done")
    return { actions: [{ type: "end-operation", operation, outcome: "done" }], steps, waiting: [] };
  const waiting = { ...next.waiting, since: operation.startedAt, until: operation.deadline };
  return { actions: [], steps, waiting: [waiting], requeueAfterMs: next.requeueAfterMs };
}

function nextOf(world: World, operation: Operation, node: Node | undefined): Next {
  if (operation.replaces && !operation.rollingBack) {
    const next = removeDead(world, operation, operation.replaces);
    if (next.kind !== "done" || operation.kind === "remove") return next;
  }
  if (!node) return act({ type: "end-operation", operation, outcome: "rolled back" });
  return operation.kind === "promote" ? promoteNext(world, operation, node) : demoteNext(world, operation, node);
}

const stepsOf = (kind: "promote" | "demote", node: Node, why: string) =>
  kind === "promote" ? promotionSteps(node, why) : demotionSteps(node, why);

/**
 * A dead manager comes first: etcd accepts no new member while a voter is unreachable. An unreachable one is waited
 * for.
 */
function begin(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const { unreachable } = world;
  if (unreachable.length === 0) return followSpec(world, lock);
  const successor = successorOf(world);
  const dead = unreachable.find(machine => machine.dead);
  const plan = dead ? replaceDead(world, dead, successor) : followSpec(world, lock);
  return withWaiting(plan, world, dead ? unreachable.filter(machine => machine !== dead) : unreachable, successor);
}

function followSpec(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const choice = choose(world);
  if (choice.kind === "enough") return IDLE;
  if (lock !== undefined)
    return { ...IDLE, waiting: [{ what: "managers", reason: "ManagersLocked", why: lock.reason }] };
  if (choice.kind === "none") return noCandidate(world, "a node that can become a manager", choice);
  if (choice.kind === "promote") {
    const awaited = world.unreachable.find(({ reason, ref }) => reason === undefined && ref.node !== choice.node.id);
    if (awaited) return IDLE; // the wait is reported already
    const { tripped } = world.circuitBreaker;
    if (tripped) return circuitBreakerTripped(world, tripped);
  }
  const steps = stepsOf(choice.kind, choice.node, choice.why);
  const hold = preflight(world, choice);
  if (hold) return { actions: [], steps, waiting: [hold.waiting], requeueAfterMs: hold.requeueAfterMs };
  return { ...started(newOperation(world.input, choice.kind, choice.node, choice.why)), steps };
}

function replaceDead(world: World, dead: Unreachable, successor: Candidate | undefined): MembershipPlan {
  const replaces = dead.ref;
  const steps = removalSteps(world, replaces);
  const hold = removalHold(world, dead);
  if (hold) return { actions: [], steps, waiting: [hold.waiting], requeueAfterMs: hold.requeueAfterMs };
  if (successor === undefined) {
    const why = "judged dead, and there are enough managers without it";
    return { ...started(removal(world.input, replaces, why)), steps };
  }
  const { tripped } = world.circuitBreaker;
  if (tripped) return circuitBreakerTripped(world, tripped);
  if (successor.kind === "none") return noCandidate(world, `a node to replace ${replaces.name}`, successor);
  const { node, why } = successor;
  const operation = newOperation(world.input, "promote", node, `in place of ${replaces.name}; ${why}`);
  return {
    ...started(operation && { ...operation, replaces }),
    steps: [...steps, ...promotionSteps(node, why)],
  };
}

/** How often unreachable machines are observed, so that an unbroken silence is one. */
const POLL_MS = 5_000;

const IDLE: MembershipPlan = { actions: [], steps: [], waiting: [] };

const PAUSED: MembershipPlan = {
  ...IDLE,
  waiting: [{ what: "the operator", reason: "Paused", why: "spec/paused is true: nothing is changed" }],
};

const started = (operation: Operation | undefined): MembershipPlan => ({
  ...IDLE,
  actions: operation ? [{ type: "record-operation", operation }] : [],
});

/** The plan with a wait for each unreachable machine: what follows, and when. */
function withWaiting(
  plan: MembershipPlan,
  { input: { now } }: World,
  unreachable: readonly Unreachable[],
  successor: Candidate | undefined,
): MembershipPlan {
  const delays = unreachable.flatMap(machine =>
    machine.reason === undefined && machine.until > now ? Math.min(machine.until - now, POLL_MS) : [],
  );
  return {
    ...plan,
    waiting: [...unreachable.map(machine => waitingOf(machine, successor)), ...plan.waiting],
    requeueAfterMs: soonest([plan.requeueAfterMs, ...delays]),
  };
}

function waitingOf(unreachable: Unreachable, successor: Candidate | undefined): Waiting {
  const { ref, since, until, reason } = unreachable;
  const began = new Date(since).toISOString();
  if (reason !== undefined)
    return { what: ref.name, reason: "NotReplaced", why: `unreachable, and not replaced: ${reason}`, since: began };
  const why = `unreachable; then: ${intention(unreachable, successor)}`;
  return { what: ref.name, reason: "Unreachable", why, since: began, until: new Date(until).toISOString() };
}

function noCandidate(
  { input }: World,
  what: string,
  { reasons, until }: Extract<Choice, { kind: "none" }>,
): MembershipPlan {
  const waiting = { what, reason: "NoCandidate", why: reasons.join("; ") || "there is no other node" };
  if (until === undefined) return { ...IDLE, waiting: [waiting] };
  return {
    ...IDLE,
    waiting: [{ ...waiting, until: new Date(until).toISOString() }],
    requeueAfterMs: until - input.now,
  };
}

function circuitBreakerTripped({ input }: World, { why, until }: Tripped): MembershipPlan {
  const waiting = { what: "the operator", reason: "CircuitBreakerTripped", why, until: new Date(until).toISOString() };
  return { ...IDLE, waiting: [waiting], requeueAfterMs: until - input.now };
}

/** Why the operation cannot begin: both rafts must be able to commit now, and to take every step that follows. */
function preflight(world: World, { kind, node }: { kind: Operation["kind"]; node: Node }): Waits | undefined {
  const { swarm, etcd } = world.rafts;
  if (!hasQuorum(etcd))
    return waitFor("etcd", "QuorumLost", `quorum lost: ${etcd.healthy} of ${etcd.voters} voters healthy`);
  if (!hasQuorum(swarm))
    return waitFor("swarm", "QuorumLost", `quorum lost: ${swarm.healthy} of ${swarm.voters} managers reachable`);
  if (kind === "promote") {
    if (!node.member && !mayAdd(etcd, true)) return fewVoters(world);
    if (!isSwarmManager(node) && !mayAdd(swarm, false)) return fewManagers(world);
    return node.member ? undefined : unfinishedMember(world);
  }
  const reachable = node.swarm?.manager?.reachable === true;
  if (isSwarmManager(node) && !mayRemove(swarm, reachable)) return fewManagers(world);
  if (node.member && isVoter(node) && !mayRemove(etcd, node.member.healthy)) return fewVoters(world);
  return undefined;
}

function newOperation(input: PlanInput, kind: "promote" | "demote", node: Node, why: string): Operation | undefined {
  if (!node.swarm) return undefined;
  return {
    ...opened(input, kind, node.id, why),
    node: node.id,
    name: node.name,
    address: node.address,
    swarmNode: node.swarm.id,
    ...(node.member ? { member: node.member.id } : {}),
    step: { id: "begin", text: kind === "promote" ? `making ${node.name} a manager` : `making ${node.name} a worker` },
  };
}

function removal(input: PlanInput, replaces: MachineRef, why: string): Operation {
  const { name, address } = replaces;
  const id = replaces.member ?? replaces.swarmNode ?? name;
  return {
    ...opened(input, "remove", id, why),
    name,
    address,
    step: { id: "begin", text: `removing ${name}` },
    replaces,
  };
}

function opened({ now, spec }: PlanInput, kind: Operation["kind"], id: string, reason: string) {
  const limit = kind === "promote" ? spec.remediation.candidateSeconds * 1000 : DEMOTION_DEADLINE_MS;
  return {
    id: `${kind}-${id}-${now.toString(36)}`,
    kind,
    reason,
    startedAt: new Date(now).toISOString(),
    deadline: new Date(now + limit).toISOString(),
    rollingBack: false,
  };
}

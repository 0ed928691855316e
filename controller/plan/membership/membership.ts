// One membership operation in the whole cluster: the one in flight goes on, or the next is begun, or it is said why not.
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
import { act, fewManagers, fewVoters, type Next, type Waits, waitFor } from "../next.ts";
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
 * At most one action: the next step of the operation in flight, or the record of the one that is begun. Nothing that could
 * wait is begun while another holds the lock; an operation in flight goes on. Never throws.
 */
export function planMembership(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const { operation, spec } = world.input;
  if (spec.paused) return PAUSED;
  return operation ? goOn(world, operation) : begin(world, lock);
}

function goOn(world: World, operation: Operation): MembershipPlan {
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

/** Who is dead goes first: etcd takes nobody while a voter is silent. Who is only unreachable so far is waited for. */
function begin(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const { unreachable } = world;
  if (unreachable.length === 0) return followSpec(world, lock);
  const successor = successorOf(world);
  const dead = unreachable.find(each => each.dead);
  const plan = dead ? replaceDead(world, dead, successor) : followSpec(world, lock);
  return withWaiting(plan, world, dead ? unreachable.filter(each => each !== dead) : unreachable, successor);
}

function followSpec(world: World, lock: ManagerLock | undefined): MembershipPlan {
  const choice = choose(world);
  if (choice.kind === "enough") return IDLE;
  if (lock !== undefined)
    return { ...IDLE, waiting: [{ what: "managers", reason: "ManagersLocked", why: lock.reason }] };
  if (choice.kind === "nobody") return noCandidate(world, "a host that can become a manager", choice);
  if (choice.kind === "promote") {
    const awaited = world.unreachable.find(
      ({ obstacle, ref }) => obstacle === undefined && ref.node !== choice.node.id,
    );
    if (awaited) return IDLE; // that it is waited for is said already
    const { tripped } = world.circuitBreaker;
    if (tripped) return brokenOff(world, tripped);
  }
  const steps = stepsOf(choice.kind, choice.node, choice.why);
  const obstacle = preflight(world, choice);
  if (obstacle) return { actions: [], steps, waiting: [obstacle.waiting], requeueAfterMs: obstacle.requeueAfterMs };
  return { ...started(newOperation(world.input, choice.kind, choice.node, choice.why)), steps };
}

function replaceDead(world: World, dead: Unreachable, successor: Candidate | undefined): MembershipPlan {
  const replaces = dead.ref;
  const steps = removalSteps(world, replaces);
  const obstacle = removalHold(world, dead);
  if (obstacle) return { actions: [], steps, waiting: [obstacle.waiting], requeueAfterMs: obstacle.requeueAfterMs };
  if (successor === undefined) {
    const why = "judged dead, and there are enough managers without it";
    return { ...started(removal(world.input, replaces, why)), steps };
  }
  const { tripped } = world.circuitBreaker;
  if (tripped) return brokenOff(world, tripped);
  if (successor.kind === "nobody") return noCandidate(world, `a host to take the place of ${replaces.name}`, successor);
  const { node, why } = successor;
  const operation = newOperation(world.input, "promote", node, `in the place of ${replaces.name}; ${why}`);
  return {
    ...started(operation && { ...operation, replaces }),
    steps: [...steps, ...promotionSteps(node, why)],
  };
}

/** Who is unreachable is looked for this often: "without a break" must mean something. */
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

/** Everyone who is unreachable, and what will be done about it when. */
function withWaiting(
  plan: MembershipPlan,
  { input: { now } }: World,
  unreachable: readonly Unreachable[],
  successor: Candidate | undefined,
): MembershipPlan {
  const delays = unreachable.flatMap(each =>
    each.obstacle === undefined && each.until > now ? Math.min(each.until - now, POLL_MS) : [],
  );
  const soonest = [...(plan.requeueAfterMs === undefined ? [] : [plan.requeueAfterMs]), ...delays];
  return {
    ...plan,
    waiting: [...unreachable.map(each => awaiting(each, successor)), ...plan.waiting],
    requeueAfterMs: soonest.length > 0 ? Math.min(...soonest) : undefined,
  };
}

function awaiting(unreachable: Unreachable, successor: Candidate | undefined): Waiting {
  const { ref, since, until, obstacle } = unreachable;
  const began = new Date(since).toISOString();
  if (obstacle !== undefined)
    return { what: ref.name, reason: "NotReplaced", why: `unreachable, and not replaced: ${obstacle}`, since: began };
  const why = `unreachable; then: ${intention(unreachable, successor)}`;
  return { what: ref.name, reason: "Unreachable", why, since: began, until: new Date(until).toISOString() };
}

function noCandidate(
  { input }: World,
  what: string,
  { reasons, until }: Extract<Choice, { kind: "nobody" }>,
): MembershipPlan {
  const waiting = { what, reason: "NoCandidate", why: reasons.join("; ") || "there is no other host" };
  if (until === undefined) return { ...IDLE, waiting: [waiting] };
  return {
    ...IDLE,
    waiting: [{ ...waiting, until: new Date(until).toISOString() }],
    requeueAfterMs: until - input.now,
  };
}

function brokenOff({ input }: World, { why, until }: Tripped): MembershipPlan {
  const waiting = { what: "the operator", reason: "CircuitBreakerTripped", why, until: new Date(until).toISOString() };
  return { ...IDLE, waiting: [waiting], requeueAfterMs: until - input.now };
}

/** What must be so before either raft is touched: both can commit now, and both can take every step that is to come. */
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
    step: { id: "begin", text: `taking ${name} out` },
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

// One membership operation in the whole cluster: the one in flight goes on, or the next is begun, or it is said why not.
import type { Operation, PlanStep, Waiting } from "../../crd-like-specs/resources.ts";
import { type Host, isSwarmManager, isVoter } from "../state/hosts.ts";
import type { PlanInput } from "../state/input.ts";
import { hasQuorum, mayAdd, mayRemove } from "../state/quorum.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { openBreaker } from "./attempts.ts";
import { type Choice, choose } from "./choose.ts";
import { DEMOTION_DEADLINE_MS, demoteNext, demotionSteps } from "./demote.ts";
import { isDead, type Missing, missingSeats } from "./missing.ts";
import { act, fewManagers, fewVoters, type Next, type Waits, waitFor } from "./next.ts";
import { promoteNext, promotionSteps, unfinishedMember } from "./promote.ts";
import {
  intention,
  type Replaced,
  removalObstacle,
  removalSteps,
  replacedBy,
  successorOf,
  takeOut,
} from "./replace.ts";

export interface MembershipPlan {
  readonly actions: readonly Action[];
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly lookAgainMs?: number | undefined;
}

/** `held`: why nothing that could wait is begun, because a manager is changed in another way. */
export function planMembership(world: World, held: string | undefined): MembershipPlan {
  const operation = world.input.operation;
  return operation ? goOn(world, operation) : begin(world, held);
}

function goOn(world: World, operation: Operation): MembershipPlan {
  const host = world.hosts.find(candidate => candidate.id === operation.node);
  const steps = [
    ...(operation.replaces ? removalSteps(world, operation.replaces) : []),
    ...(host && operation.kind !== "remove" ? stepsOf(operation.kind, host, operation.reason) : []),
  ];
  const next = nextOf(world, operation, host);
  if (next.kind === "act") return { actions: [next.action], steps, waiting: [] };
  if (next.kind === "done")
    return { actions: [{ type: "end-operation", operation, outcome: "done" }], steps, waiting: [] };
  const waiting = { ...next.waiting, since: operation.startedAt, until: operation.deadline };
  return { actions: [], steps, waiting: [waiting], lookAgainMs: next.lookAgainMs };
}

function nextOf(world: World, operation: Operation, host: Host | undefined): Next {
  if (operation.replaces && !operation.undo) {
    const next = takeOut(world, operation, operation.replaces);
    if (next.kind !== "done" || operation.kind === "remove") return next;
  }
  if (!host) return act({ type: "end-operation", operation, outcome: "given back" });
  return operation.kind === "promote" ? promoteNext(world, operation, host) : demoteNext(world, operation, host);
}

const stepsOf = (kind: "promote" | "demote", host: Host, why: string) =>
  kind === "promote" ? promotionSteps(host, why) : demotionSteps(host, why);

/** Who is dead goes first: etcd takes nobody while a voter is silent. Who is only missed so far is waited for. */
function begin(world: World, held: string | undefined): MembershipPlan {
  const missing = missingSeats(world);
  const dead = missing.find(each => isDead(world, each));
  if (dead)
    return withWaiting(
      replaceDead(world, dead),
      world,
      missing.filter(each => each !== dead),
    );
  return withWaiting(followSpec(world, missing, held), world, missing);
}

function followSpec(world: World, missing: readonly Missing[], held: string | undefined): MembershipPlan {
  const choice = choose(world);
  if (choice.kind === "enough") return REST;
  if (held !== undefined) return { ...REST, waiting: [{ what: "managers", reason: "ManagersLocked", why: held }] };
  if (choice.kind === "nobody") return nobody(world, "a host that can become a manager", choice);
  if (choice.kind === "promote") {
    const awaited = missing.find(({ obstacle, seat }) => obstacle === undefined && seat.host?.id !== choice.host.id);
    if (awaited) return REST; // that it is waited for is said already
    const open = openBreaker(world.input);
    if (open) return brokenOff(world, open);
  }
  const steps = stepsOf(choice.kind, choice.host, choice.why);
  const obstacle = preflight(world, choice);
  if (obstacle) return { actions: [], steps, waiting: [obstacle.waiting], lookAgainMs: obstacle.lookAgainMs };
  return { ...started(newOperation(world.input, choice.kind, choice.host, choice.why)), steps };
}

function replaceDead(world: World, dead: Missing): MembershipPlan {
  const replaces = replacedBy(dead);
  const steps = removalSteps(world, replaces);
  const obstacle = removalObstacle(world, dead);
  if (obstacle) return { actions: [], steps, waiting: [obstacle.waiting], lookAgainMs: obstacle.lookAgainMs };
  const successor = successorOf(world);
  if (successor === undefined) {
    const why = "judged dead, and there are enough managers without it";
    return { ...started(removal(world.input, replaces, why)), steps };
  }
  const open = openBreaker(world.input);
  if (open) return brokenOff(world, open);
  if (successor.kind === "nobody") return nobody(world, `a host to take the place of ${replaces.name}`, successor);
  const { host, why } = successor;
  const operation = newOperation(world.input, "promote", host, `in the place of ${replaces.name}; ${why}`);
  return {
    ...started(operation && { ...operation, replaces }),
    steps: [...steps, ...promotionSteps(host, why)],
  };
}

/** Whoever is missing is looked for this often: "without a break" must mean something. */
const LOOK_MS = 5_000;

const REST: MembershipPlan = { actions: [], steps: [], waiting: [] };

const started = (operation: Operation | undefined): MembershipPlan => ({
  ...REST,
  actions: operation ? [{ type: "record-operation", operation }] : [],
});

/** Everyone who is missed, and what will be done about it when. */
function withWaiting(plan: MembershipPlan, world: World, missing: readonly Missing[]): MembershipPlan {
  const { now } = world.input;
  const delays = missing.flatMap(each =>
    each.obstacle === undefined && each.until > now ? Math.min(each.until - now, LOOK_MS) : [],
  );
  const soonest = [...(plan.lookAgainMs === undefined ? [] : [plan.lookAgainMs]), ...delays];
  return {
    ...plan,
    waiting: [...missing.map(each => awaiting(world, each)), ...plan.waiting],
    lookAgainMs: soonest.length > 0 ? Math.min(...soonest) : undefined,
  };
}

function awaiting(world: World, missing: Missing): Waiting {
  const { seat, since, until, obstacle } = missing;
  const began = new Date(since).toISOString();
  if (obstacle !== undefined)
    return { what: seat.name, reason: "NotReplaced", why: `unreachable, and not replaced: ${obstacle}`, since: began };
  const why = `unreachable; then: ${intention(world, missing)}`;
  return { what: seat.name, reason: "Unreachable", why, since: began, until: new Date(until).toISOString() };
}

function nobody(
  { input }: World,
  what: string,
  { reasons, until }: Extract<Choice, { kind: "nobody" }>,
): MembershipPlan {
  const waiting = { what, reason: "NoCandidate", why: reasons.join("; ") || "there is no other host" };
  if (until === undefined) return { ...REST, waiting: [waiting] };
  return { ...REST, waiting: [{ ...waiting, until: new Date(until).toISOString() }], lookAgainMs: until - input.now };
}

function brokenOff({ input }: World, { why, until }: { why: string; until: number }): MembershipPlan {
  const waiting = { what: "the operator", reason: "CircuitBreakerTripped", why, until: new Date(until).toISOString() };
  return { ...REST, waiting: [waiting], lookAgainMs: until - input.now };
}

/** What must be so before either raft is touched: both can commit now, and both can take every step that is to come. */
function preflight(world: World, { kind, host }: { kind: Operation["kind"]; host: Host }): Waits | undefined {
  const { swarm, etcd } = world.rafts;
  if (!hasQuorum(etcd))
    return waitFor("etcd", "QuorumLost", `quorum lost: ${etcd.healthy} of ${etcd.voters} voters healthy`);
  if (!hasQuorum(swarm))
    return waitFor("swarm", "QuorumLost", `quorum lost: ${swarm.healthy} of ${swarm.voters} managers reachable`);
  if (kind === "promote") {
    if (!host.member && !mayAdd(etcd, true)) return fewVoters(world);
    if (!isSwarmManager(host) && !mayAdd(swarm, false)) return fewManagers(world);
    return host.member ? undefined : unfinishedMember(world);
  }
  const reachable = host.swarm?.manager?.reachable === true;
  if (isSwarmManager(host) && !mayRemove(swarm, reachable)) return fewManagers(world);
  if (host.member && isVoter(host) && !mayRemove(etcd, host.member.healthy)) return fewVoters(world);
  return undefined;
}

function newOperation(input: PlanInput, kind: "promote" | "demote", host: Host, why: string): Operation | undefined {
  if (!host.swarm) return undefined;
  return {
    ...opened(input, kind, host.id, why),
    node: host.id,
    name: host.name,
    address: host.address,
    swarmNode: host.swarm.id,
    ...(host.member ? { member: host.member.id } : {}),
    step: { id: "begin", text: kind === "promote" ? `making ${host.name} a manager` : `making ${host.name} a worker` },
  };
}

function removal(input: PlanInput, replaces: Replaced, why: string): Operation {
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
    undo: false,
  };
}

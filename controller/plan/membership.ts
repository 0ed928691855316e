// One membership operation in the whole cluster: the one in flight goes on, or the next is begun, or it is said why not.
import type { Operation, PlanStep, Waiting } from "../../crd-like-specs/resources.ts";
import { type Host, isSwarmManager, isVoter } from "../state/hosts.ts";
import { hasQuorum, mayAdd, mayRemove } from "../state/quorum.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { choose } from "./choose.ts";
import { DEMOTION_DEADLINE_MS, demoteNext, demotionSteps } from "./demote.ts";
import { fewManagers, fewVoters, type Waits, waitFor } from "./next.ts";
import { PROMOTION_DEADLINE_MS, promoteNext, promotionSteps, unfinishedMember } from "./promote.ts";

export interface MembershipPlan {
  readonly actions: readonly Action[];
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly lookAgainMs?: number | undefined;
}

export function planMembership(world: World): MembershipPlan {
  const operation = world.input.operation;
  return operation ? goOn(world, operation) : begin(world);
}

function goOn(world: World, operation: Operation): MembershipPlan {
  const host = world.hosts.find(candidate => candidate.id === operation.node);
  if (!host) return { actions: [{ type: "end-operation", operation, outcome: "given back" }], steps: [], waiting: [] };
  const next = operation.kind === "promote" ? promoteNext(world, operation, host) : demoteNext(world, operation, host);
  const steps = stepsOf(operation.kind, host, operation.reason);
  if (next.kind === "act") return { actions: [next.action], steps, waiting: [] };
  if (next.kind === "done")
    return { actions: [{ type: "end-operation", operation, outcome: "done" }], steps, waiting: [] };
  const waiting = { ...next.waiting, since: operation.startedAt, until: operation.deadline };
  return { actions: [], steps, waiting: [waiting], lookAgainMs: next.lookAgainMs };
}

const stepsOf = (kind: Operation["kind"], host: Host, why: string) =>
  kind === "promote" ? promotionSteps(host, why) : demotionSteps(host, why);

function begin(world: World): MembershipPlan {
  const choice = choose(world);
  if (choice.kind === "enough") return { actions: [], steps: [], waiting: [] };
  if (choice.kind === "nobody") {
    const waiting = {
      what: "a host that can become a manager",
      why: choice.reasons.join("; ") || "there is no other host",
    };
    const until = choice.until === undefined ? {} : { until: new Date(choice.until).toISOString() };
    const lookAgainMs = choice.until === undefined ? undefined : choice.until - world.input.now;
    return { actions: [], steps: [], waiting: [{ ...waiting, ...until }], lookAgainMs };
  }
  const steps = stepsOf(choice.kind, choice.host, choice.why);
  const obstacle = preflight(world, choice);
  if (obstacle) return { actions: [], steps, waiting: [obstacle.waiting], lookAgainMs: obstacle.lookAgainMs };
  const operation = newOperation(world.input.now, choice.kind, choice.host, choice.why);
  return { actions: operation ? [{ type: "record-operation", operation }] : [], steps, waiting: [] };
}

/** What must be so before either raft is touched: both can commit now, and both can take every step that is to come. */
function preflight(world: World, { kind, host }: { kind: Operation["kind"]; host: Host }): Waits | undefined {
  const { swarm, etcd } = world.rafts;
  if (!hasQuorum(etcd)) return waitFor("etcd", `quorum lost: ${etcd.healthy} of ${etcd.voters} voters healthy`);
  if (!hasQuorum(swarm)) return waitFor("swarm", `quorum lost: ${swarm.healthy} of ${swarm.voters} managers reachable`);
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

function newOperation(now: number, kind: Operation["kind"], host: Host, why: string): Operation | undefined {
  if (!host.swarm) return undefined;
  const limit = kind === "promote" ? PROMOTION_DEADLINE_MS : DEMOTION_DEADLINE_MS;
  return {
    id: `${kind}-${host.id}-${now.toString(36)}`,
    kind,
    node: host.id,
    name: host.name,
    address: host.address,
    swarmNode: host.swarm.id,
    ...(host.member ? { member: host.member.id } : {}),
    step: kind === "promote" ? `making ${host.name} a manager` : `making ${host.name} a worker`,
    reason: why,
    startedAt: new Date(now).toISOString(),
    deadline: new Date(now + limit).toISOString(),
    undo: false,
  };
}

// A manager judged dead: who takes its place, and how it is taken out of both rafts first. etcd before the swarm, for
// while a voter is silent etcd takes no newcomer (3.4 to 3.5.29); the node record last, so that it cannot come back as
// what it was. A lone voter more than half of the others could spare is left where it is.
import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { isSameMachine, type MachineRef } from "../../../crd-like-specs/resources/shapes.ts";
import { mayRemove } from "../../../quorum/arithmetic.ts";
import { isPartlyManager } from "../../state/nodes.ts";
import type { Unreachable } from "../../state/unreachable.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, type Waits, waitFor } from "../next.ts";
import { bestOf, type Candidate } from "./candidates.ts";

/** Who would take an unreachable manager's place; undefined where there are enough managers without it. */
export function successorOf(world: World): Candidate | undefined {
  if (world.machines.length > world.input.spec.managers) return undefined;
  return bestOf(
    world,
    world.nodes.filter(node => !isPartlyManager(node)),
    { stable: true },
  );
}

/** Why a dead one cannot be taken out now: both rafts must spare it, and go on without it. */
export function removalHold(world: World, { member, swarmNode }: Unreachable): Waits | undefined {
  const { etcd, swarm } = world.rafts;
  if (member && !member.learner && !mayRemove(etcd, member.healthy)) return fewVoters(world);
  if (swarmNode && !mayRemove(swarm, swarmNode.manager?.reachable === true)) return fewManagers(world);
  return undefined;
}

/** The next step of taking it out; done when no trace of it is left. Called off where it is back before anything was done. */
export function removeDead(world: World, operation: Operation, dead: MachineRef): Next {
  const next = towardsGone(world, operation, dead);
  const late = world.input.now > Date.parse(operation.deadline);
  return late && next.kind === "wait" ? cancelled(operation) : next;
}

const cancelled = (operation: Operation): Next => act({ type: "end-operation", operation, outcome: "cancelled" });

function towardsGone(world: World, operation: Operation, dead: MachineRef): Next {
  const { name } = dead;
  const { member, swarmNode } = partsOf(world, dead);
  const begun =
    (dead.member !== undefined && !member) || (dead.swarmNode !== undefined && swarmNode?.role !== "manager");
  if (!begun) {
    const unreachable = world.unreachable.find(({ ref }) => isSameMachine(ref, dead));
    if (!unreachable) return cancelled(operation);
    if (!unreachable.dead)
      return waitFor(name, "GracePeriod", unreachable.obstacle ?? "its time is not over yet", 1000);
  }
  if (member) {
    if (!member.learner && !mayRemove(world.rafts.etcd, member.healthy)) return fewVoters(world);
    return act({ type: "etcd-remove", name, member: member.id });
  }
  if (!swarmNode) return done;
  if (swarmNode.manager && swarmNode.role === "manager") {
    if (!mayRemove(world.rafts.swarm, swarmNode.manager.reachable)) return fewManagers(world);
    return act({ type: "swarm-demote", name, swarmNode: swarmNode.id });
  }
  if (swarmNode.manager) return waitFor(name, "SwarmDemoting", "the swarm is taking it out of its managers", 250);
  // Back in the meantime, it is a worker like any other, and may keep its place among them.
  if (swarmNode.state === "ready" && world.nodes.some(node => node.registration && node.swarm?.id === swarmNode.id))
    return done;
  return act({ type: "swarm-remove-node", name, swarmNode: swarmNode.id, why: "which is dead", force: true });
}

/** What the rafts still list of it. */
const partsOf = ({ memberById, swarmNodeById }: World, { member, swarmNode }: MachineRef) => ({
  member: member && memberById.get(member),
  swarmNode: swarmNode && swarmNodeById.get(swarmNode),
});

/** The steps of taking it out that are still to come, for people. */
export function removalSteps(world: World, dead: MachineRef): PlanStep[] {
  const steps: PlanStep[] = [];
  const { member, swarmNode } = partsOf(world, dead);
  if (member) steps.push(step(dead.name, "etcd", `remove member ${member.id}`, "judged dead; it is removed first"));
  if (swarmNode?.manager) steps.push(step(dead.name, "swarm", "demote to worker"));
  if (swarmNode) steps.push(step(dead.name, "swarm", "remove the node"));
  return steps;
}

/** What will be done about an unreachable one, in a few words: "remove it from etcd and swarm, promote h5". */
export function intention({ member, swarmNode }: Unreachable, successor: Candidate | undefined): string {
  const rafts = [...(member ? ["etcd"] : []), ...(swarmNode ? ["swarm"] : [])].join(" and ");
  const then =
    successor === undefined
      ? ""
      : successor.kind === "found"
        ? `, promote ${successor.node.name}`
        : `, as soon as a host can take its place (${successor.reasons.join("; ") || "there is no other host"})`;
  return `remove it from ${rafts}${then}`;
}

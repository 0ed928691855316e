// Replaces a dead manager: removes it from both rafts, then promotes its successor. etcd comes first, because etcd
// accepts no new member while a voter is unreachable (3.4 to 3.5.29). The swarm node is removed last, so that it cannot
// return as a manager. A voter that its raft cannot lose is not removed.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { isSameMachine, type MachineRef } from "../../../crd-like-specs/resources/shapes.ts";
import { mayRemove } from "../../../quorum/arithmetic.ts";
import { isPartlyManager } from "../../state/nodes.ts";
import type { Unreachable } from "../../state/unreachable.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, type Waits, waitFor } from "../next.ts";
import { bestOf, type Candidate } from "./candidates.ts";

/** The successor of an unreachable manager; undefined where there are enough managers without it. */
export function successorOf(world: World): Candidate | undefined {
  if (world.machines.length > world.input.spec.managers) return undefined;
  return bestOf(
    world,
    world.nodes.filter(node => !isPartlyManager(node)),
    { stable: true },
  );
}

/** Why a dead machine cannot be removed now: both rafts must keep their quorum without it. */
export function removalHold(world: World, { member, swarmNode }: Unreachable): Waits | undefined {
  const { etcd, swarm } = world.rafts;
  if (member && !member.learner && !mayRemove(etcd, member.healthy)) return fewVoters(world);
  if (swarmNode && !mayRemove(swarm, swarmNode.manager?.reachable === true)) return fewManagers(world);
  return undefined;
}

/**
 * The next step of its removal; done when neither raft has it. Cancelled where it answers again before anything
 * changed, or where the deadline passes during a wait.
 */
export function removeDead(world: World, operation: Operation, dead: MachineRef): Next {
  const next = towardsRemoval(world, operation, dead);
  const late = world.input.now > Date.parse(operation.deadline);
  return late && next.kind === "wait" ? cancelled(operation) : next;
}

const cancelled = (operation: Operation): Next => act({ type: "end-operation", operation, outcome: "cancelled" });

function towardsRemoval(world: World, operation: Operation, dead: MachineRef): Next {
  const { name } = dead;
  const { member, swarmNode } = partsOf(world, dead);
  const begun =
    (dead.member !== undefined && !member) || (dead.swarmNode !== undefined && swarmNode?.role !== "manager");
  if (!begun) {
    const unreachable = world.unreachable.find(({ ref }) => isSameMachine(ref, dead));
    if (!unreachable) return cancelled(operation);
    if (!unreachable.dead)
      return waitFor(name, "GracePeriod", unreachable.reason ?? "its grace has not ended yet", 1000);
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
  // A machine that has returned in the meantime is an ordinary worker, and stays one.
  if (swarmNode.state === "ready" && world.nodes.some(node => node.registration && node.swarm?.id === swarmNode.id))
    return done;
  return act({ type: "swarm-remove-node", name, swarmNode: swarmNode.id, why: "which is dead", force: true });
}

/** Its member and swarm node, where the rafts still list them. */
const partsOf = ({ memberById, swarmNodeById }: World, { member, swarmNode }: MachineRef) => ({
  member: member && memberById.get(member),
  swarmNode: swarmNode && swarmNodeById.get(swarmNode),
});

/** The remaining steps of its removal, for the report. */
export function removalSteps(world: World, dead: MachineRef): PlanStep[] {
  const steps: PlanStep[] = [];
  const { member, swarmNode } = partsOf(world, dead);
  if (member) steps.push(step(dead.name, "etcd", `remove member ${member.id}`, "judged dead; it is removed first"));
  if (swarmNode?.manager) steps.push(step(dead.name, "swarm", "demote to worker"));
  if (swarmNode) steps.push(step(dead.name, "swarm", "remove the node"));
  return steps;
}

/** What follows when an unreachable machine is dead, human-readable: "remove it from etcd and swarm, promote h5". */
export function intention({ member, swarmNode }: Unreachable, successor: Candidate | undefined): string {
  const rafts = [...(member ? ["etcd"] : []), ...(swarmNode ? ["swarm"] : [])].join(" and ");
  const then =
    successor === undefined
      ? ""
      : successor.kind === "found"
        ? `, promote ${successor.node.name}`
        : `, as soon as a node can replace it (${successor.reasons.join("; ") || "there is no other node"})`;
  return `remove it from ${rafts}${then}`;
}

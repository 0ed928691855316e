// Makes a manager a worker in good order: leaderships moved away, swarm demotion, etcd removal, then the agent wipes
// its data and turns to the proxy. Once the swarm has let it go there is no way back, only forward.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { reachableUrls } from "../../../crd-like-specs/urls.ts";
import { mayRemove } from "../../../quorum/arithmetic.ts";
import { isJoiningSwarmRaft, isSwarmManager, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, waitFor } from "../next.ts";

export const DEMOTION_DEADLINE_MS = 5 * 60_000;

/**
 * The next step that makes `host` a worker, by where it stands in both rafts. Done once its agent has wiped the data and
 * runs the proxy. After the operation's deadline the operation ends without that, and the next choice is made from what
 * is there. Never throws.
 */
export function demoteNext(world: World, operation: Operation, node: Node): Next {
  const next = towardsWorker(world, operation, node);
  // Another choice may be possible by now, or another number wanted; what is half done is found again.
  const late = world.input.now > Date.parse(operation.deadline);
  return late && next.kind !== "done" ? rolledBack(operation) : next;
}

function towardsWorker(world: World, operation: Operation, node: Node): Next {
  if (isJoiningSwarmRaft(node) && node.swarm?.state === "ready")
    return waitFor(
      node.name,
      "SwarmPromoting",
      "the swarm is making it a manager, and can take that back only then",
      500,
    );
  const untouched = isSwarmManager(node) && node.swarm?.role === "manager";
  if (untouched || node.member) {
    if (node.id === world.input.self)
      return act({ type: "resign", why: `${node.name} is to become a worker; another manager carries on` });
  }
  if (untouched) return leaveSwarmRaft(world, operation, node);
  if (isSwarmManager(node))
    return waitFor(node.name, "SwarmDemoting", "the swarm is taking it out of its managers", 250);
  if (node.member) return leaveEtcd(world, node);
  return settled(world, operation, node);
}

const rolledBack = (operation: Operation): Next => act({ type: "end-operation", operation, outcome: "rolled back" });

function leaveSwarmRaft(world: World, operation: Operation, node: Node): Next {
  const { swarm, member } = node;
  // Leadership may have come to it since it was chosen; nothing has been done yet, so choose again.
  if (!swarm || swarm.manager?.leader) return rolledBack(operation);
  if (!mayRemove(world.rafts.swarm, swarm.manager?.reachable === true)) return fewManagers(world);
  // Neither raft is touched before both can spare it.
  if (member && !member.learner && !mayRemove(world.rafts.etcd, member.healthy)) return fewVoters(world);
  return moveEtcdLeader(world, node) ?? act({ type: "swarm-demote", name: node.name, swarmNode: swarm.id });
}

function leaveEtcd(world: World, node: Node): Next {
  const { member } = node;
  if (!member) return done;
  if (!member.learner && !mayRemove(world.rafts.etcd, member.healthy)) return fewVoters(world);
  return moveEtcdLeader(world, node) ?? act({ type: "etcd-remove", name: node.name, member: member.id });
}

/** A leader that is removed makes the cluster elect in the dark; moved first, nobody notices. */
function moveEtcdLeader(world: World, node: Node): Next | undefined {
  const { member } = node;
  if (!member?.leader) return undefined;
  const swarmLeader = world.managers.find(other => other.swarm?.manager?.leader)?.member?.id;
  const heirs = world.etcd.members.filter(other => other.id !== member.id && !other.learner && other.healthy);
  const to = heirs.find(other => other.id === swarmLeader) ?? heirs[0];
  const fromEndpoint = reachableUrls(member)[0];
  if (!to || !fromEndpoint) return undefined;
  return act({ type: "etcd-move-leader", name: node.name, from: member.id, fromEndpoint, to: to.id });
}

/** Waits until the agent has wiped the data and runs the proxy; an agent that is gone has nothing to wait for. */
function settled(world: World, operation: Operation, node: Node): Next {
  const { registration, status, assignment } = node;
  const isProxy = assignment?.etcd.mode === "proxy" && status?.etcd.mode === "proxy";
  // A unit that it does not know keeps it from reaching all of its assignment, and is no matter of this operation.
  const heard = Math.max(status?.generation ?? 0, status?.unknownUnits?.generation ?? 0);
  if (!registration || (isProxy && heard >= assignment.generation)) return done;
  if (world.input.now > Date.parse(operation.deadline)) return done; // nothing but its agent is behind
  return waitFor(node.name, "EtcdDataLeft", "its agent wipes the etcd data and starts the proxy");
}

/** The steps that are still to be taken, for people. */
export function demotionSteps(node: Node, why: string): PlanStep[] {
  const steps: PlanStep[] = [];
  if (node.swarm?.role === "manager" || isSwarmManager(node))
    steps.push(step(node.name, "swarm", "demote to worker", why));
  if (node.member)
    steps.push(step(node.name, "etcd", `remove member ${node.member.id}`, steps.length === 0 ? why : undefined));
  if (node.status?.etcd.mode !== "proxy") steps.push(step(node.name, "agent", "wipe the etcd data, start the proxy"));
  return steps;
}

// Makes a manager a worker in order: move etcd's leadership, demote in the swarm, remove from etcd, then the agent
// wipes its data and starts the proxy. After the swarm's demotion there is no roll-back, only the remaining steps.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { reachableUrls } from "../../../crd-like-specs/urls.ts";
import { mayRemove } from "../../../quorum/arithmetic.ts";
import { isJoiningSwarmRaft, isSwarmManager, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, waitFor } from "../next.ts";

/** How long a demotion or a removal may take (our choice). */
export const DEMOTION_DEADLINE_MS = 5 * 60_000;

/**
 * The next step that makes `node` a worker, by its state in both rafts. Done once its agent has wiped the data and runs
 * the proxy. After its deadline the operation ends without that, and the next choice starts from the current state.
 * Never throws.
 */
export function demoteNext(world: World, operation: Operation, node: Node): Next {
  const next = towardsWorker(world, operation, node);
  // Another choice may be possible by now, or the wanted number may have changed. A partial manager is chosen again.
  const late = world.input.now > Date.parse(operation.deadline);
  return late && next.kind !== "done" ? rolledBack(operation) : next;
}

function towardsWorker(world: World, operation: Operation, node: Node): Next {
  if (isJoiningSwarmRaft(node) && node.swarm?.state === "ready")
    return waitFor(node.name, "SwarmPromoting", "the swarm is promoting it, and can demote it only after that", 500);
  const untouched = isSwarmManager(node) && node.swarm?.role === "manager";
  if (untouched || node.member) {
    if (node.id === world.input.self)
      return act({ type: "resign", why: `${node.name} becomes a worker; another manager's controller takes over` });
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
  // It may have become the swarm leader since it was chosen. Nothing has changed yet, so the next round chooses again.
  if (!swarm || swarm.manager?.leader) return rolledBack(operation);
  if (!mayRemove(world.rafts.swarm, swarm.manager?.reachable === true)) return fewManagers(world);
  // Neither raft is changed before both can lose it.
  if (member && !member.learner && !mayRemove(world.rafts.etcd, member.healthy)) return fewVoters(world);
  return moveEtcdLeader(world, node) ?? act({ type: "swarm-demote", name: node.name, swarmNode: swarm.id });
}

function leaveEtcd(world: World, node: Node): Next {
  const { member } = node;
  if (!member) return done;
  if (!member.learner && !mayRemove(world.rafts.etcd, member.healthy)) return fewVoters(world);
  return moveEtcdLeader(world, node) ?? act({ type: "etcd-remove", name: node.name, member: member.id });
}

/** Moves etcd's leadership before the leader is removed, so that etcd does not have to elect without one. */
function moveEtcdLeader(world: World, node: Node): Next | undefined {
  const { member } = node;
  if (!member?.leader) return undefined;
  const swarmLeader = world.managers.find(other => other.swarm?.manager?.leader)?.member?.id;
  const transferees = world.etcd.members.filter(other => other.id !== member.id && !other.learner && other.healthy);
  const to = transferees.find(other => other.id === swarmLeader) ?? transferees[0];
  const fromEndpoint = reachableUrls(member)[0];
  if (!to || !fromEndpoint) return undefined;
  return act({ type: "etcd-move-leader", name: node.name, from: member.id, fromEndpoint, to: to.id });
}

/** Waits until the agent has wiped the data and runs the proxy. An agent that is not registered is not waited for. */
function settled(world: World, operation: Operation, node: Node): Next {
  const { registration, status, assignment } = node;
  const isProxy = assignment?.etcd.mode === "proxy" && status?.etcd.mode === "proxy";
  // An unknown unit prevents the agent from applying all of its assignment, and does not concern this operation.
  const reached = Math.max(status?.generation ?? 0, status?.unknownUnits?.generation ?? 0);
  if (!registration || (isProxy && reached >= assignment.generation)) return done;
  if (world.input.now > Date.parse(operation.deadline)) return done; // only its agent is late
  return waitFor(node.name, "EtcdDataLeft", "its agent wipes the etcd data and starts the proxy");
}

/** The steps that remain, for the report. */
export function demotionSteps(node: Node, why: string): PlanStep[] {
  const steps: PlanStep[] = [];
  if (node.swarm?.role === "manager" || isSwarmManager(node))
    steps.push(step(node.name, "swarm", "demote to worker", why));
  if (node.member)
    steps.push(step(node.name, "etcd", `remove member ${node.member.id}`, steps.length === 0 ? why : undefined));
  if (node.status?.etcd.mode !== "proxy") steps.push(step(node.name, "agent", "wipe the etcd data, start the proxy"));
  return steps;
}

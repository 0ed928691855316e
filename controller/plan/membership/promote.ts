// Makes a node a manager: etcd learner, etcd voter, and the swarm last, because the swarm has no stage without a vote.
// Level-triggered: every round derives the next step from the node's state.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { mayAdd, mayRemove } from "../../../quorum/arithmetic.ts";
import { isHealthyManager, isManager, isSwarmManager, isVoter, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, type Waits, waitFor } from "../next.ts";
import { afterFailure } from "./attempts.ts";

/**
 * The next step that makes `node` a manager, by its state in both rafts. After the operation's deadline the promotion
 * is rolled back. Done once the node is a healthy manager. Never throws.
 */
export function promoteNext(world: World, operation: Operation, node: Node): Next {
  if (operation.rollingBack) return rollBack(world, operation, node);
  const next = towardsManager(world, operation, node);
  if (next.kind === "done" || world.input.now <= Date.parse(operation.deadline)) return next;
  const why = next.kind === "wait" ? next.waiting.why : "it took too long";
  return act({
    type: "record-operation",
    operation: {
      ...operation,
      rollingBack: true,
      step: { id: "roll-back", text: `rolling back the promotion of ${node.name}: ${why}` },
    },
  });
}

function towardsManager(world: World, operation: Operation, node: Node): Next {
  if (isHealthyManager(node)) return done;
  if (!node.registration) return waitFor(node.name, "NotRegistered", "its agent is not registered");
  if (!node.member) return addLearner(world, operation, node);
  // etcd checks only how far the learner's log is. A learner that has died since would become a dead voter.
  if (node.member.learner && !node.member.healthy)
    return waitFor(node.name, "LearnerUnreachable", "its etcd does not answer yet", 50);
  if (node.member.learner) return act({ type: "etcd-promote", name: node.name, member: node.member.id });
  if (!node.member.healthy)
    return waitFor(node.name, "VoterUnreachable", "its etcd is a voter but does not answer yet", 100);
  return promoteInSwarm(world, node);
}

/** An unfinished member: etcd accepts no other member before it is a started voter or removed. */
export function unfinishedMember(world: World): Waits | undefined {
  const found = world.etcd.members.find(member => member.learner || member.clientUrls.length === 0);
  if (!found) return undefined;
  const why = found.learner
    ? "it is still a learner, and etcd accepts one at a time"
    : "it was added and never started";
  return waitFor(`etcd member ${found.id}`, found.learner ? "LearnerUnfinished" : "MemberNotStarted", why, 1000);
}

function addLearner(world: World, operation: Operation, node: Node): Next {
  const unfinished = unfinishedMember(world);
  if (unfinished) return unfinished;
  // Its member was removed manually a moment ago. The agent must first find the old member removed, and must not
  // find a new one there.
  if (node.status?.etcd.mode === "member")
    return waitFor(node.name, "EtcdDataLeft", "its agent removes the data of its former etcd member", 250);
  if (!mayAdd(world.rafts.etcd, true)) return fewVoters(world);
  return act({ type: "etcd-add-learner", name: node.name, peerUrl: peerUrlFor(world, node), operation });
}

function promoteInSwarm(world: World, node: Node): Next {
  if (!node.swarm) return waitFor(node.name, "NotInSwarm", "it is not in the swarm");
  if (isStuck(node)) return rejoin(node, node.swarm.id);
  if (node.swarm.role === "manager")
    return waitFor(node.name, "SwarmPromoting", "the swarm is making it a manager: not reachable yet", 100);
  if (node.swarm.state !== "ready")
    return waitFor(node.name, "SwarmNodeNotReady", `the swarm reports it as ${node.swarm.state}`);
  if (!mayAdd(world.rafts.swarm, false)) return fewManagers(world);
  return act({ type: "swarm-promote", name: node.name, swarmNode: node.swarm.id });
}

/**
 * When an engine before 23.0 is promoted, it dials the manager through which it joined. If that is no manager any more,
 * the engine's swarm state stays `error` (moby#37175, observed on 20.10.24). The node is in no raft, so its swarm node
 * can be removed. Its assignment records the removal, its agent joins again through a manager, and it is promoted again.
 */
const isStuck = ({ swarm, status }: Node): boolean =>
  swarm?.role === "manager" && swarm.manager === undefined && status?.swarm.state === "error";

const rejoin = ({ name }: Node, swarmNode: SwarmNodeId): Next =>
  act({
    type: "swarm-remove-node",
    name,
    swarmNode,
    why: "which Docker cannot make a manager, so that it joins again",
    force: true,
  });

/** Rolls a promotion back, in reverse order. */
function rollBack(world: World, operation: Operation, node: Node): Next {
  if (isHealthyManager(node)) return done;
  if (node.swarm && isSwarmManager(node)) {
    if (node.swarm.role === "worker")
      return waitFor(node.name, "SwarmDemoting", "the swarm is taking it out of its managers", 500);
    if (!mayRemove(world.rafts.swarm, node.swarm.manager?.reachable === true)) return fewManagers(world);
    return act({ type: "swarm-demote", name: node.name, swarmNode: node.swarm.id });
  }
  // A node that is still joining the swarm's raft is left there: Docker cannot demote it yet.
  if (node.member) {
    if (!node.member.learner && !mayRemove(world.rafts.etcd, node.member.healthy)) return fewVoters(world);
    return act({ type: "etcd-remove", name: node.name, member: node.member.id });
  }
  const remediation = afterFailure(world, operation);
  return act({ type: "end-operation", operation, outcome: "rolled back", remediation });
}

/** The peer URL of a future member: the node's address, in the scheme of the present members. */
function peerUrlFor(world: World, node: Node): string {
  const scheme = world.etcd.members[0]?.peerUrls[0]?.startsWith("https:") ? "https" : "http";
  return `${scheme}://${node.address}:2380`;
}

/** The steps that remain, for the report. */
export function promotionSteps(node: Node, why: string): PlanStep[] {
  const steps: PlanStep[] = [];
  if (!node.member) {
    steps.push(step(node.name, "etcd", `add ${node.address} as a learner`, why));
    steps.push(step(node.name, "agent", "start etcd as a member"));
  }
  if (!isVoter(node)) steps.push(step(node.name, "etcd", "promote to voter", "when it has caught up with the leader"));
  if (!isManager(node)) steps.push(step(node.name, "swarm", "promote to manager", steps.length === 0 ? why : "last"));
  return steps;
}

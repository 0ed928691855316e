// Makes a host a manager: etcd learner, voter, and the swarm last, because the swarm has no stage without a vote.
// Level-triggered: every round looks where the host stands and takes the next step from there.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { hostOf } from "../../../crd-like-specs/urls.ts";
import { mayAdd, mayRemove } from "../../../quorum/arithmetic.ts";
import { isHealthyManager, isManager, isSwarmManager, isVoter, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, type Waits, waitFor } from "../next.ts";
import { afterFailure } from "./attempts.ts";

/**
 * The next step that makes `host` a manager, by where it stands in both rafts; after the operation's deadline the next
 * step back. Done once it is a healthy manager, or taken out again. Never throws.
 */
export function promoteNext(world: World, operation: Operation, node: Node): Next {
  if (operation.rollingBack) return giveBack(world, operation, node);
  const next = towardsManager(world, operation, node);
  if (next.kind === "done" || world.input.now <= Date.parse(operation.deadline)) return next;
  const why = next.kind === "wait" ? next.waiting.why : "it took too long";
  return act({
    type: "record-operation",
    operation: { ...operation, rollingBack: true, step: { id: "roll-back", text: `giving ${node.name} back: ${why}` } },
  });
}

function towardsManager(world: World, operation: Operation, node: Node): Next {
  if (isHealthyManager(node)) return done;
  if (!node.registration) return waitFor(node.name, "NotRegistered", "its agent is not registered");
  if (!node.member) return addLearner(world, operation, node);
  // etcd looks only at how far a learner has come: one that has died since would be a dead voter.
  if (node.member.learner && !node.member.healthy)
    return waitFor(node.name, "LearnerUnreachable", "its etcd does not answer yet", 50);
  if (node.member.learner) return act({ type: "etcd-promote", name: node.name, member: node.member.id });
  if (!node.member.healthy)
    return waitFor(node.name, "VoterUnreachable", "its etcd is a voter but does not answer yet", 100);
  return promoteInSwarm(world, node);
}

/** A member that is only half there: etcd takes no other before it is a voter, or gone. */
export function unfinishedMember(world: World): Waits | undefined {
  const found = world.etcd.members.find(member => member.learner || member.clientUrls.length === 0);
  if (!found) return undefined;
  const why = found.learner ? "it is still a learner, and etcd takes one at a time" : "it was added and never started";
  return waitFor(`etcd member ${found.id}`, found.learner ? "LearnerUnfinished" : "MemberNotStarted", why, 1000);
}

function addLearner(world: World, operation: Operation, node: Node): Next {
  const unfinished = unfinishedMember(world);
  if (unfinished) return unfinished;
  // Removed by hand a moment ago: its agent proves that the old member is gone, and must not find a new one in its place.
  if (node.status?.etcd.mode === "member")
    return waitFor(node.name, "EtcdDataLeft", "its agent gives up the etcd member that it was", 250);
  if (!mayAdd(world.rafts.etcd, true)) return fewVoters(world);
  return act({ type: "etcd-add-learner", name: node.name, peerUrl: peerUrlFor(world, node), operation });
}

function promoteInSwarm(world: World, node: Node): Next {
  if (!node.swarm) return waitFor(node.name, "NotInSwarm", "it is not in the swarm");
  if (isStuck(node)) return joinAnew(node, node.swarm.id);
  if (node.swarm.role === "manager")
    return waitFor(node.name, "SwarmPromoting", "the swarm is making it a manager: not reachable yet", 100);
  if (node.swarm.state !== "ready")
    return waitFor(node.name, "SwarmNodeNotReady", `the swarm calls it ${node.swarm.state}`);
  if (!mayAdd(world.rafts.swarm, false)) return fewManagers(world);
  return act({ type: "swarm-promote", name: node.name, swarmNode: node.swarm.id });
}

/**
 * An engine before 23.0 that joined at a host which is no manager any more dials that one when it is promoted, and its
 * swarm ends in an error for good (moby#37175, seen on 20.10.24). It is in no raft, so that its node can be removed;
 * its agent is told so, joins anew where there are managers, and is promoted again.
 */
const isStuck = ({ swarm, status }: Node): boolean =>
  swarm?.role === "manager" && swarm.manager === undefined && status?.swarm.state === "error";

const joinAnew = ({ name }: Node, swarmNode: SwarmNodeId): Next =>
  act({
    type: "swarm-remove-node",
    name,
    swarmNode,
    why: "which docker cannot make a manager, to join anew",
    force: true,
  });

/** Undoes a promotion that did not come up, in the reverse order. */
function giveBack(world: World, operation: Operation, node: Node): Next {
  if (isHealthyManager(node)) return done;
  if (node.swarm && isSwarmManager(node)) {
    if (node.swarm.role === "worker")
      return waitFor(node.name, "SwarmDemoting", "the swarm is taking it out of its managers", 500);
    if (!mayRemove(world.rafts.swarm, node.swarm.manager?.reachable === true)) return fewManagers(world);
    return act({ type: "swarm-demote", name: node.name, swarmNode: node.swarm.id });
  }
  // One that is still on its way into the raft is left there: docker could not call it back.
  if (node.member) {
    if (!node.member.learner && !mayRemove(world.rafts.etcd, node.member.healthy)) return fewVoters(world);
    return act({ type: "etcd-remove", name: node.name, member: node.member.id });
  }
  const remediation = afterFailure(world, operation);
  return act({ type: "end-operation", operation, outcome: "rolled back", remediation });
}

/** The peer URL of a host that is to become a member: its address, in the scheme that the members use. */
function peerUrlFor(world: World, node: Node): string {
  const scheme = world.etcd.members[0]?.peerUrls[0]?.startsWith("https:") ? "https" : "http";
  return `${scheme}://${node.address}:2380`;
}

/** The steps that are still to be taken, for people. */
export function promotionSteps(node: Node, why: string): PlanStep[] {
  const steps: PlanStep[] = [];
  const address = node.member?.peerUrls.map(hostOf)[0] ?? node.address;
  if (!node.member) {
    steps.push(step(node.name, "etcd", `add ${address} as a learner`, why));
    steps.push(step(node.name, "agent", "start etcd as a member"));
  }
  if (!isVoter(node)) steps.push(step(node.name, "etcd", "promote to voter", "when it has caught up with the leader"));
  if (!isManager(node)) steps.push(step(node.name, "swarm", "promote to manager", steps.length === 0 ? why : "last"));
  return steps;
}

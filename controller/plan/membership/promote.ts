// Makes a host a manager: etcd learner, voter, and the swarm last, because the swarm has no stage without a vote.
// Level-triggered: every round looks where the host stands and takes the next step from there.

import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../../crd-like-specs/resources/membership.ts";
import { hostOf } from "../../../crd-like-specs/urls.ts";
import { mayAdd, mayRemove } from "../../../quorum/arithmetic.ts";
import { type Host, isHealthyManager, isManager, isSwarmManager, isVoter } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { act, done, fewManagers, fewVoters, type Next, step, type Waits, waitFor } from "../next.ts";
import { afterFailure } from "./attempts.ts";

/**
 * The next step that makes `host` a manager, by where it stands in both rafts; after the operation's deadline the next
 * step back. Done once it is a healthy manager, or taken out again. Never throws.
 */
export function promoteNext(world: World, operation: Operation, host: Host): Next {
  if (operation.rollingBack) return giveBack(world, operation, host);
  const next = towardsManager(world, operation, host);
  if (next.kind === "done" || world.input.now <= Date.parse(operation.deadline)) return next;
  const why = next.kind === "wait" ? next.waiting.why : "it took too long";
  return act({
    type: "record-operation",
    operation: { ...operation, rollingBack: true, step: { id: "roll-back", text: `giving ${host.name} back: ${why}` } },
  });
}

function towardsManager(world: World, operation: Operation, host: Host): Next {
  if (isHealthyManager(host)) return done;
  if (!host.registration) return waitFor(host.name, "NotRegistered", "its agent is not registered");
  if (!host.member) return addLearner(world, operation, host);
  // etcd looks only at how far a learner has come: one that has died since would be a dead voter.
  if (host.member.learner && !host.member.healthy)
    return waitFor(host.name, "LearnerUnreachable", "its etcd does not answer yet", 50);
  if (host.member.learner) return act({ type: "etcd-promote", name: host.name, member: host.member.id });
  if (!host.member.healthy)
    return waitFor(host.name, "VoterUnreachable", "its etcd is a voter but does not answer yet", 100);
  return promoteInSwarm(world, host);
}

/** A member that is only half there: etcd takes no other before it is a voter, or gone. */
export function unfinishedMember(world: World): Waits | undefined {
  const found = world.etcd.members.find(member => member.learner || member.clientUrls.length === 0);
  if (!found) return undefined;
  const why = found.learner ? "it is still a learner, and etcd takes one at a time" : "it was added and never started";
  return waitFor(`etcd member ${found.id}`, found.learner ? "LearnerUnfinished" : "MemberNotStarted", why, 1000);
}

function addLearner(world: World, operation: Operation, host: Host): Next {
  const unfinished = unfinishedMember(world);
  if (unfinished) return unfinished;
  // Removed by hand a moment ago: its agent proves that the old member is gone, and must not find a new one in its place.
  if (host.status?.etcd.mode === "member")
    return waitFor(host.name, "EtcdDataLeft", "its agent gives up the etcd member that it was", 250);
  if (!mayAdd(world.rafts.etcd, true)) return fewVoters(world);
  return act({ type: "etcd-add-learner", name: host.name, peerUrl: peerUrlFor(world, host), operation });
}

function promoteInSwarm(world: World, host: Host): Next {
  if (!host.swarm) return waitFor(host.name, "NotInSwarm", "it is not in the swarm");
  if (isStuck(host)) return joinAnew(host, host.swarm.id);
  if (host.swarm.role === "manager")
    return waitFor(host.name, "SwarmPromoting", "the swarm is making it a manager: not reachable yet", 100);
  if (host.swarm.state !== "ready")
    return waitFor(host.name, "SwarmNodeNotReady", `the swarm calls it ${host.swarm.state}`);
  if (!mayAdd(world.rafts.swarm, false)) return fewManagers(world);
  return act({ type: "swarm-promote", name: host.name, swarmNode: host.swarm.id });
}

/**
 * An engine before 23.0 that joined at a host which is no manager any more dials that one when it is promoted, and its
 * swarm ends in an error for good (moby#37175, seen on 20.10.24). It is in no raft, so that its node can be removed;
 * its agent is told so, joins anew where there are managers, and is promoted again.
 */
const isStuck = ({ swarm, status }: Host): boolean =>
  swarm?.role === "manager" && swarm.manager === undefined && status?.swarm.state === "error";

const joinAnew = ({ name }: Host, swarmNode: SwarmNodeId): Next =>
  act({
    type: "swarm-remove-node",
    name,
    swarmNode,
    why: "which docker cannot make a manager, to join anew",
    force: true,
  });

/** Undoes a promotion that did not come up, in the reverse order. */
function giveBack(world: World, operation: Operation, host: Host): Next {
  if (isHealthyManager(host)) return done;
  if (host.swarm && isSwarmManager(host)) {
    if (host.swarm.role === "worker")
      return waitFor(host.name, "SwarmDemoting", "the swarm is taking it out of its managers", 500);
    if (!mayRemove(world.rafts.swarm, host.swarm.manager?.reachable === true)) return fewManagers(world);
    return act({ type: "swarm-demote", name: host.name, swarmNode: host.swarm.id });
  }
  // One that is still on its way into the raft is left there: docker could not call it back.
  if (host.member) {
    if (!host.member.learner && !mayRemove(world.rafts.etcd, host.member.healthy)) return fewVoters(world);
    return act({ type: "etcd-remove", name: host.name, member: host.member.id });
  }
  const remediation = afterFailure(world, operation);
  return act({ type: "end-operation", operation, outcome: "rolled back", remediation });
}

/** The peer URL of a host that is to become a member: its address, in the scheme that the members use. */
function peerUrlFor(world: World, host: Host): string {
  const scheme = world.etcd.members[0]?.peerUrls[0]?.startsWith("https:") ? "https" : "http";
  return `${scheme}://${host.address}:2380`;
}

/** The steps that are still to be taken, for people. */
export function promotionSteps(host: Host, why: string): PlanStep[] {
  const steps: PlanStep[] = [];
  const address = host.member?.peerUrls.map(hostOf)[0] ?? host.address;
  if (!host.member) {
    steps.push(step(host.name, "etcd", `add ${address} as a learner`, why));
    steps.push(step(host.name, "agent", "start etcd as a member"));
  }
  if (!isVoter(host)) steps.push(step(host.name, "etcd", "promote to voter", "when it has caught up with the leader"));
  if (!isManager(host)) steps.push(step(host.name, "swarm", "promote to manager", steps.length === 0 ? why : "last"));
  return steps;
}

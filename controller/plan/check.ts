// Verifies every plan by independent rules, derived from the invariants and not from the planner. A plan that breaks
// one does not run.

import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { isSameSet, setIn } from "../../crd-like-specs/units/unit-set.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import { hasQuorum, needed } from "../../quorum/arithmetic.ts";
import { isSwarmManager, isVoter } from "../state/nodes.ts";
import type { World } from "../state/world.ts";
import { type Action, isMembershipAction } from "./actions.ts";
import { vaultChanges } from "./vault/check.ts";

/** A vote is removed only on observations that are no older (our choice). */
const FRESH_MS = 10_000;

/**
 * The violations, human-readable; none when the actions may run. The actions are verified together, against the world
 * that they were planned on. Never throws.
 */
export function check(world: World, actions: readonly Action[]): string[] {
  return [
    ...oneAtATime(world, actions),
    ...unitChanges(world, actions),
    ...vaultChanges(world, actions),
    ...drains(world, actions),
    ...actions.flatMap(action => checkAction(world, action)),
  ];
}

/**
 * A node whose units change in an unchanged role must be in the rollout's record. At most one manager's units change,
 * and not during a membership operation.
 */
function unitChanges(world: World, actions: readonly Action[]): string[] {
  const written = actions.find(action => action.type === "write-rollout");
  const { inFlight = [], failed = [] } = written?.rollout ?? world.input.rollout ?? {};
  const disrupted = new Set([...inFlight, ...failed].map(({ node }) => node));
  const changed = actions.flatMap(action => {
    if (action.type !== "write-assignment") return [];
    const before = world.input.assignments.get(action.node);
    const { assignment } = action;
    return before?.role === assignment.role && !isSameSet(setIn(before), setIn(assignment)) ? [action] : [];
  });
  const unrecorded = changed.filter(({ node }) => !disrupted.has(node));
  const managers = changed.filter(({ assignment }) => assignment.role === "manager");
  return [
    ...unrecorded.map(({ name }) => `changing the units of ${name} outside the rollout's disruption budget`),
    ...(managers.length > 1 ? [`changing the units of ${managers.length} managers at once`] : []),
    ...(managers.length > 0 && world.input.operation
      ? ["changing the units of a manager during a membership operation"]
      : []),
  ];
}

/** A node is drained only for the operator or the rollout, and only a drain with swarmkeeper's mark ends. */
function drains({ input, swarm }: World, actions: readonly Action[]): string[] {
  const changes = actions.filter(action => action.type === "swarm-set-drained");
  if (changes.length === 0) return [];
  const written = actions.find(action => action.type === "write-rollout");
  const { draining = [], inFlight = [], failed = [] } = written?.rollout ?? input.rollout ?? {};
  const disrupted = new Set(
    [...draining, ...[...inFlight, ...failed].filter(({ drained }) => drained)].map(({ node }) => node),
  );
  const requested = new Set<SwarmNodeId>();
  for (const { id, swarm } of input.statuses.values())
    if (swarm.node !== undefined && (input.spec.nodes[id]?.drain || disrupted.has(id))) requested.add(swarm.node);
  const marked = new Set(swarm.nodes.filter(({ drained }) => drained).map(({ id }) => id));
  const found = changes.flatMap(({ name, swarmNode, drained }) => {
    const wanted = requested.has(swarmNode);
    if (drained) return wanted ? [] : [`draining ${name} although nothing requests it`];
    return [
      ...(marked.has(swarmNode) ? [] : [`ending the drain of ${name}, which swarmkeeper did not set`]),
      ...(wanted ? [`ending the drain of ${name} while it is requested`] : []),
    ];
  });
  return input.spec.paused ? [...found, "draining while spec/paused is true"] : found;
}

function oneAtATime(world: World, actions: readonly Action[]): string[] {
  const found: string[] = [];
  const membership = actions.filter(isMembershipAction);
  if (membership.length > 1)
    found.push(`more than one membership step at once: ${membership.map(a => a.type).join(", ")}`);
  if (membership.length > 0 && !world.input.operation)
    found.push(`${membership[0]?.type} without a journalled operation`);
  const begun = actions.filter(
    action => action.type === "record-operation" && action.operation.id !== world.input.operation?.id,
  );
  if (begun.length > 0 && world.input.operation) found.push("a second operation while one is in flight");
  if (
    world.input.spec.paused &&
    actions.some(action => isMembershipAction(action) || action.type === "record-operation")
  )
    found.push("a membership change while spec/paused is true");
  return found;
}

function checkAction(world: World, action: Action): string[] {
  switch (action.type) {
    case "etcd-remove":
      return [...fresh(world), ...removingMember(world, action.member, action.name)];
    case "swarm-demote":
      return [...fresh(world), ...demoting(world, action.swarmNode, action.name)];
    case "swarm-promote":
      return promoting(world, action.swarmNode, action.name);
    case "swarm-remove-node":
      return removingNode(world, action);
    case "write-assignment":
      return wiping(world, action);
    default:
      return [];
  }
}

function fresh(world: World): string[] {
  const { now, swarm, etcd } = world.input;
  return [swarm, etcd].flatMap(observation =>
    observation.known && now - observation.at <= FRESH_MS
      ? []
      : ["removing a vote on an observation that is not fresh"],
  );
}

function removingNode(world: World, action: Extract<Action, { type: "swarm-remove-node" }>): string[] {
  const swarmNode = world.swarm.nodes.find(candidate => candidate.id === action.swarmNode);
  const { operation, statuses } = world.input;
  const dead = operation?.replaces?.swarmNode === action.swarmNode;
  const reported = operation?.node === undefined ? undefined : statuses.get(operation.node);
  const stuck = operation?.swarmNode === action.swarmNode && reported?.swarm.state === "error";
  if (action.force && !dead && !stuck)
    return [`removing ${action.name} by force although no operation counts it as dead`];
  return swarmNode && (swarmNode.manager || (swarmNode.state !== "down" && !action.force))
    ? [`removing ${action.name}, which is a manager or not down`]
    : [];
}

function removingMember(world: World, id: string, name: string): string[] {
  const member = world.etcd.members.find(candidate => candidate.id === id);
  if (!member || member.learner) return [];
  const found: string[] = [];
  const left = world.etcd.members.filter(other => other.id !== id && !other.learner);
  const healthy = left.filter(other => other.healthy).length;
  if (left.length === 0) found.push(`removing ${name}, the last etcd voter`);
  else if (healthy < needed(left.length))
    found.push(`removing ${name} leaves ${healthy} of ${left.length} etcd voters healthy`);
  // By address too, because the match of node and member is the planner's own conclusion.
  const addresses = member.peerUrls.map(hostOf);
  const manages = world.swarm.nodes.some(
    swarmNode => swarmNode.manager?.reachable && addresses.includes(swarmNode.address),
  );
  const node = world.managers.find(candidate => candidate.member?.id === id);
  if (world.input.operation?.replaces?.member === id) return [...found, ...stillAlive(world, id, addresses, name)];
  if (manages || (node && isSwarmManager(node))) found.push(`removing ${name} from etcd while it is a swarm manager`);
  return found;
}

/**
 * Why it is not dead: etcd, the swarm and its lease must all be silent until the end of the grace in the last report.
 */
function stillAlive({ input, etcd, swarm }: World, id: string, addresses: readonly string[], name: string): string[] {
  const found: string[] = [];
  if (etcd.members.some(member => member.id === id && member.healthy)) found.push("its etcd answers");
  if (swarm.nodes.some(swarmNode => swarmNode.manager?.reachable && addresses.includes(swarmNode.address)))
    found.push("the swarm reaches it");
  if ([...input.registrations.values()].some(({ address }) => addresses.includes(address)))
    found.push("its agent is registered");
  const unreachable = input.cluster?.unreachable.find(entry => entry.member === id);
  if (!unreachable || input.now < Date.parse(unreachable.until)) found.push("its grace has not ended");
  if (!input.spec.remediation.enabled) found.push("spec/remediation/enabled is false");
  return found.map(why => `treating ${name} as dead although ${why}`);
}

function demoting(world: World, id: string, name: string): string[] {
  const left = world.swarm.nodes.filter(swarmNode => swarmNode.id !== id && swarmNode.manager);
  const reachable = left.filter(swarmNode => swarmNode.manager?.reachable).length;
  if (left.length === 0) return [`demoting ${name}, the last swarm manager`];
  if (reachable < needed(left.length))
    return [`demoting ${name} leaves ${reachable} of ${left.length} managers reachable`];
  const leads = world.swarm.nodes.some(swarmNode => swarmNode.id === id && swarmNode.manager?.leader);
  return leads && left.length === 1 ? [`demoting ${name}, the leader of two managers`] : [];
}

function promoting(world: World, id: string, name: string): string[] {
  const node = world.nodes.find(candidate => candidate.swarm?.id === id);
  const found: string[] = [];
  if (!node || !isVoter(node) || !node.member?.healthy)
    found.push(`promoting ${name} in the swarm before it is a healthy etcd voter`);
  if (!hasQuorum(world.rafts.etcd)) found.push(`promoting ${name} while etcd has no quorum`);
  return found;
}

/** A member's data may be wiped only when a fresh list no longer has the member. */
function wiping(world: World, action: Extract<Action, { type: "write-assignment" }>): string[] {
  const { etcd } = action.assignment;
  if (etcd.mode !== "proxy" || etcd.removed === undefined) return [];
  const still = world.etcd.members.some(member => member.id === etcd.removed);
  return still ? [`reporting member ${etcd.removed} as removed to ${action.name} while it is listed`] : [];
}

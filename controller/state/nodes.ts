// One view per node, joined from its agent's registration and status, its assignment, and both rafts.

import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Raft } from "../../quorum/arithmetic.ts";
import type { EtcdState, MemberState, PlanInput, SwarmState } from "./input.ts";

export interface Node {
  readonly id: NodeId;
  readonly name: string;
  /** Without a port; empty when neither the registration nor the swarm has it. */
  readonly address: string;
  /** Present while the agent's lease lives. */
  readonly registration: Registration | undefined;
  readonly status: NodeStatus | undefined;
  readonly assignment: Assignment | undefined;
  readonly swarm: SwarmNode | undefined;
  readonly member: MemberState | undefined;
}

/**
 * One entry for each node with a registration, a status or an assignment. Sorted by id, so that equal inputs make equal
 * plans. The keys arrive in that order, so sorting is cheap.
 */
export function joinNodes(
  input: PlanInput,
  swarmNodes: ReadonlyMap<SwarmNodeId, SwarmNode>,
  members: readonly MemberState[],
): Node[] {
  const ids = new Set([...input.registrations.keys(), ...input.statuses.keys(), ...input.assignments.keys()]);
  const nodes = [...ids]
    .map((id): Node => {
      const registration = input.registrations.get(id);
      const status = input.statuses.get(id);
      const assignment = input.assignments.get(id);
      const swarmId = status?.swarm.node;
      const swarm = swarmId === undefined ? undefined : swarmNodes.get(swarmId);
      const address = registration?.address ?? swarm?.address ?? "";
      return {
        id,
        name: registration?.name ?? status?.name ?? id,
        address,
        registration,
        status,
        assignment,
        swarm,
        member: undefined,
      };
    })
    .sort((a, b) => compare(a.id, b.id));
  const owners = ownersOf(members, nodes);
  return nodes.map(node => (owners.has(node) ? { ...node, member: owners.get(node) } : node));
}

/**
 * The member of each node, matched by id or by peer URL, never by name: names repeat, and are empty before the first
 * start. Addresses repeat too, when a node was rebuilt at the address of a removed one. Therefore an assigned or
 * running member outweighs an address, and a registered node outweighs one that is not.
 */
function ownersOf(members: readonly MemberState[], nodes: readonly Node[]): Map<Node | undefined, MemberState> {
  const claims = members.map(member => ({
    ...{ member, addresses: member.peerUrls.map(hostOf) },
    ...{ strongest: 0, owner: undefined as Node | undefined },
  }));
  for (const node of nodes) {
    const { assignment, status, registration, address } = node;
    const assigned = assignment?.etcd.mode === "member" ? assignment.etcd.member : undefined;
    const running = status?.etcd.mode === "member" ? status.etcd.member : undefined;
    for (const one of claims) {
      const match =
        one.member.id === assigned || one.member.id === running ? 3 : one.addresses.includes(address) ? 1 : 0;
      const strength = match > 0 && registration ? match + 1 : match;
      if (strength > one.strongest) Object.assign(one, { strongest: strength, owner: node });
    }
  }
  return new Map(claims.map(({ owner, member }) => [owner, member]));
}

/** Ascending, for `sort`. */
export const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** A voter of etcd, healthy or not. */
export const isVoter = (node: Node): boolean => node.member !== undefined && !node.member.learner;

/** A member of the swarm's raft, healthy or not. */
export const isSwarmManager = (node: Node): boolean => node.swarm?.manager !== undefined;

/** An etcd voter and a swarm manager, with the role of a manager in the swarm. Only these count as managers. */
export const isManager = (node: Node): boolean =>
  isVoter(node) && isSwarmManager(node) && node.swarm?.role === "manager";

/** The swarm has not made it a manager yet. Docker can demote it only after the promotion has finished. */
export const isJoiningSwarmRaft = (node: Node): boolean => node.swarm?.role === "manager" && !isSwarmManager(node);

/**
 * A manager, or a partial one: a voter, a learner, in the swarm's raft or joining it. A node that went down while
 * joining has no vote anywhere, so others need not wait for it. When it returns it is one manager too many, and is
 * demoted then.
 */
export const isPartlyManager = (node: Node): boolean =>
  node.member !== undefined || isSwarmManager(node) || (isJoiningSwarmRaft(node) && node.swarm?.state === "ready");

export const isHealthyManager = (node: Node): boolean =>
  isManager(node) && node.member?.healthy === true && node.swarm?.manager?.reachable === true;

export const swarmRaft = (swarm: SwarmState): Raft => {
  const managers = swarm.nodes.flatMap(swarmNode => swarmNode.manager ?? []);
  return { voters: managers.length, healthy: managers.filter(manager => manager.reachable).length };
};

export const etcdRaft = (etcd: EtcdState): Raft => {
  const voters = etcd.members.filter(member => !member.learner);
  return { voters: voters.length, healthy: voters.filter(member => member.healthy).length };
};

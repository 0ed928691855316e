// One view per host, joined from what its agent says, what the leader assigned, and what both rafts show.

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
  /** Without a port; empty when nothing tells it any more. */
  readonly address: string;
  /** Present while the agent's lease lives. */
  readonly registration: Registration | undefined;
  readonly status: NodeStatus | undefined;
  readonly assignment: Assignment | undefined;
  readonly swarm: SwarmNode | undefined;
  readonly member: MemberState | undefined;
}

/**
 * One entry for each host that etcd knows. Sorted by id, so that equal inputs make equal plans; keys come in that order,
 * which makes it cheap.
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
 * By the one host whose member it is, by id or by peer URL, never by name: names repeat and are empty before the first
 * start. Addresses repeat too, where a box was built anew in the place of one that is gone: what was assigned, or what
 * runs, counts for more than an address, and a host that is there for more than one that is not.
 */
function ownersOf(members: readonly MemberState[], nodes: readonly Node[]): Map<Node | undefined, MemberState> {
  const sought = members.map(member => ({
    ...{ member, addresses: member.peerUrls.map(hostOf) },
    ...{ strongest: 0, owner: undefined as Node | undefined },
  }));
  for (const node of nodes) {
    const { assignment, status, registration, address } = node;
    const assigned = assignment?.etcd.mode === "member" ? assignment.etcd.member : undefined;
    const run = status?.etcd.mode === "member" ? status.etcd.member : undefined;
    for (const one of sought) {
      const claim = one.member.id === assigned || one.member.id === run ? 3 : one.addresses.includes(address) ? 1 : 0;
      const strength = claim > 0 && registration ? claim + 1 : claim;
      if (strength > one.strongest) Object.assign(one, { strongest: strength, owner: node });
    }
  }
  return new Map(sought.map(({ owner, member }) => [owner, member]));
}

export const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** A voter of etcd, whatever its health. */
export const isVoter = (node: Node): boolean => node.member !== undefined && !node.member.learner;

/** A member of the swarm's raft, whatever its health. */
export const isSwarmManager = (node: Node): boolean => node.swarm?.manager !== undefined;

/** Both a voter and a swarm manager, and wanted to be one: the only kind of manager that counts. */
export const isManager = (node: Node): boolean =>
  isVoter(node) && isSwarmManager(node) && node.swarm?.role === "manager";

/** The swarm is to make it a manager and has not yet; docker takes that back only once it has come through. */
export const isJoiningSwarmRaft = (node: Node): boolean => node.swarm?.role === "manager" && !isSwarmManager(node);

/**
 * In any part a manager: voter, learner, or in (or on its way into) the swarm's raft. One that went down on the way has
 * no vote anywhere: others need not wait for it, and when it is back it is one too many, which is put right then.
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

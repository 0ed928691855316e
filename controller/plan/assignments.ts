// The assignment of each node, derived from both rafts: membership changes first, assignments follow.

import type { Assignment, EtcdAssignment, EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../crd-like-specs/resources/role.ts";
import { same } from "../../crd-like-specs/resources/same.ts";
import type { UnitSet } from "../../crd-like-specs/units/unit-set.ts";
import { reachableUrls } from "../../crd-like-specs/urls.ts";
import type { MemberState } from "../state/input.ts";
import { isHealthyManager, isPartlyManager, type Node } from "../state/nodes.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

/** The units that a node must run in a role, as the rollout decides. */
type SetFor = (node: Node, role: Role) => UnitSet;
type VaultFor = (node: Node, role: Role) => Assignment["vault"];

/**
 * A write for each assignment that differs from what both rafts, `setFor` and `vaultFor` require. Only for registered
 * nodes and for a removed dead one: if it returns, its assignment records that a quorum removed it. Each write raises
 * the generation. Never throws.
 */
export function planAssignments(world: World, setFor: SetFor, vaultFor: VaultFor): Action[] {
  const endpoints = voterEndpoints(world);
  return world.nodes
    .filter(node => node.registration || world.removed.has(node.id))
    .flatMap(node => {
      const assignment = assignmentFor(world, node, endpoints, setFor, vaultFor);
      return assignment ? [{ type: "write-assignment" as const, node: node.id, name: node.name, assignment }] : [];
    });
}

/** Client URLs of the voters that have started, sorted. */
function voterEndpoints(world: World): string[] {
  return world.etcd.members
    .filter(member => !member.learner)
    .flatMap(member => reachableUrls(member))
    .sort();
}

/** The assignment to write; undefined when the present one is right. */
function assignmentFor(
  world: World,
  node: Node,
  endpoints: string[],
  setFor: SetFor,
  vaultFor: VaultFor,
): Assignment | undefined {
  const present = node.assignment;
  const role = roleOf(node, present);
  const demoted = present?.role === "manager" && role === "worker";
  const demotedAt = demoted ? new Date(world.input.now).toISOString() : present?.demotedAt;
  const swarmRemoved = removedFromSwarm(world, node, present);
  const { units, files } = setFor(node, role);
  const wanted = {
    role,
    etcd: etcdFor(world, node, present, endpoints),
    units: [...units],
    files: Object.keys(files).length > 0 ? { ...files } : undefined,
    vault: vaultFor(node, role),
    demotedAt,
    swarmRemoved,
  };
  if (present && same(present, { generation: present.generation, ...wanted })) return undefined;
  // Also above what the agent has applied: a deleted assignment must not return under an earlier number.
  return { generation: Math.max(present?.generation ?? 0, node.status?.generation ?? 0) + 1, ...wanted };
}

/** A manager from when it is one in both rafts until it has left both, so that its controller runs until the end. */
function roleOf(node: Node, present: Assignment | undefined): Role {
  if (isHealthyManager(node)) return "manager";
  return present?.role === "manager" && isPartlyManager(node) ? "manager" : "worker";
}

/** The removed swarm node, from its removal until the node reports another one. */
function removedFromSwarm(world: World, node: Node, present: Assignment | undefined): SwarmNodeId | undefined {
  const { operation } = world.input;
  if (world.removed.has(node.id)) return operation?.replaces?.swarmNode;
  const rejoins = operation?.node === node.id && !isInSwarm(world, operation.swarmNode);
  if (rejoins && node.swarm === undefined) return operation.swarmNode;
  const current = node.status?.swarm.node;
  return node.registration && current !== undefined && current !== present?.swarmRemoved
    ? undefined
    : present?.swarmRemoved;
}

const isInSwarm = ({ swarmNodeById }: World, id: SwarmNodeId | undefined): boolean =>
  id !== undefined && swarmNodeById.has(id);

function etcdFor(world: World, node: Node, present: Assignment | undefined, endpoints: string[]): EtcdAssignment {
  const { member } = node;
  if (member)
    return {
      mode: "member",
      endpoints,
      member: member.id,
      initialCluster: initialCluster(world, node, member, present),
    };
  const former = formerMember(node, present);
  // A member that is still listed belongs to another node by now or is not removed yet: its data must not be wiped.
  const removed = former !== undefined && world.memberById.has(former) ? undefined : former;
  return { mode: "proxy", endpoints, ...(removed === undefined ? {} : { removed }) };
}

/**
 * What the first start needs. It stays the same afterwards: a later change of members must not raise the generation.
 */
function initialCluster(world: World, node: Node, member: MemberState, present: Assignment | undefined): EtcdPeer[] {
  if (present?.etcd.mode === "member" && present.etcd.member === member.id) return present.etcd.initialCluster;
  return world.etcd.members.flatMap(other =>
    other.peerUrls.map(peerUrl => ({ name: other.id === member.id ? node.address : other.name, peerUrl })),
  );
}

/** The member that the node was: by its present assignment, or by what its agent still runs. */
function formerMember(node: Node, present: Assignment | undefined): MemberId | undefined {
  if (present?.etcd.mode === "member") return present.etcd.member;
  return present?.etcd.removed ?? node.status?.etcd.member;
}

// What each host shall be, derived from what both rafts show: membership leads, assignments follow.

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

/** The units that a host shall run in a role: the rollout's word. */
type SetFor = (node: Node, role: Role) => UnitSet;
type VaultFor = (node: Node, role: Role) => Assignment["vault"];

/**
 * A write for each assignment that is not yet as it should be, by what both rafts show and by the units and the Vault that
 * `setFor` and `vaultFor` give each host; none where all are. Of registered hosts, and of one that is taken out because it
 * is dead: should it come back, it finds the word of a quorum for that. A generation is raised by each write. Never throws.
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
export function voterEndpoints(world: World): string[] {
  return world.etcd.members
    .filter(member => !member.learner)
    .flatMap(member => reachableUrls(member))
    .sort();
}

/** The assignment to write, or undefined when the present one is right. */
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
  // Above what the agent has reached, too: an assignment that was deleted must not come back under a number of before.
  return { generation: Math.max(present?.generation ?? 0, node.status?.generation ?? 0) + 1, ...wanted };
}

/** A manager once it is one in both rafts; and until it has left both, so that its controller stays until the end. */
function roleOf(node: Node, present: Assignment | undefined): Role {
  if (isHealthyManager(node)) return "manager";
  return present?.role === "manager" && isPartlyManager(node) ? "manager" : "worker";
}

/** Said from when the node was removed until the host reports another. */
function removedFromSwarm(world: World, node: Node, present: Assignment | undefined): SwarmNodeId | undefined {
  const { operation } = world.input;
  if (world.removed.has(node.id)) return operation?.replaces?.swarmNode;
  const joinsAnew = operation?.node === node.id && !isNode(world, operation.swarmNode);
  if (joinsAnew && node.swarm === undefined) return operation.swarmNode;
  const now = node.status?.swarm.node;
  return node.registration && now !== undefined && now !== present?.swarmRemoved ? undefined : present?.swarmRemoved;
}

const isNode = ({ swarmNodeById }: World, id: SwarmNodeId | undefined): boolean =>
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
  // Still listed, it is another's by now, or not yet gone: no leave to wipe anything.
  const removed = former !== undefined && world.memberById.has(former) ? undefined : former;
  return { mode: "proxy", endpoints, ...(removed === undefined ? {} : { removed }) };
}

/** What the first start needs, frozen from then on: a later change of members must not raise the generation again. */
function initialCluster(world: World, node: Node, member: MemberState, present: Assignment | undefined): EtcdPeer[] {
  if (present?.etcd.mode === "member" && present.etcd.member === member.id) return present.etcd.initialCluster;
  return world.etcd.members.flatMap(other =>
    other.peerUrls.map(peerUrl => ({ name: other.id === member.id ? node.address : other.name, peerUrl })),
  );
}

/** The member that this host was: by its assignment so far, or by what its agent still runs. */
function formerMember(node: Node, present: Assignment | undefined): MemberId | undefined {
  if (present?.etcd.mode === "member") return present.etcd.member;
  return present?.etcd.removed ?? node.status?.etcd.member;
}

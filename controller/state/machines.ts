// Machines with a part in a raft: every etcd voter or learner and every swarm manager, joined into one entry a machine,
// whether or not a host that we know belongs to it.

import type { MachineRef } from "../../crd-like-specs/resources/shapes.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { EtcdState, MemberState, SwarmState } from "./input.ts";
import type { Node } from "./nodes.ts";

export interface RaftMachine {
  readonly ref: MachineRef;
  readonly node: Node | undefined;
  readonly member: MemberState | undefined;
  /** Only while it is in the swarm's raft. */
  readonly swarmNode: SwarmNode | undefined;
}

/** Of hosts that are managers in any part, in their order, then of members and managers of no known host, by id. */
export function machinesIn(managers: readonly Node[], swarm: SwarmState, etcd: EtcdState): RaftMachine[] {
  const known = managers
    .filter(node => node.member !== undefined || managing(node.swarm) !== undefined)
    .map(node => machine(node, node.name, node.address, node.member, managing(node.swarm)));
  const members = etcd.members.filter(member => !known.some(one => one.member?.id === member.id));
  const swarmNodes = swarm.nodes.filter(
    swarmNode => managing(swarmNode) && !known.some(one => one.swarmNode?.id === swarmNode.id),
  );
  const unmanaged = members.map(member => {
    const address = member.peerUrls.map(hostOf)[0] ?? "";
    const swarmNode = swarmNodes.find(candidate => candidate.address === address);
    return machine(undefined, swarmNode?.hostname ?? (member.name || address), address, member, swarmNode);
  });
  const swarmAlone = swarmNodes
    .filter(swarmNode => !unmanaged.some(one => one.swarmNode?.id === swarmNode.id))
    .map(swarmNode => machine(undefined, swarmNode.hostname, swarmNode.address, undefined, swarmNode));
  return [...known, ...[...unmanaged, ...swarmAlone].sort((a, b) => (idText(a) < idText(b) ? -1 : 1))];
}

function machine(
  node: Node | undefined,
  name: string,
  address: string,
  member: MemberState | undefined,
  swarmNode: SwarmNode | undefined,
): RaftMachine {
  const ref = {
    ...(node && { node: node.id }),
    ...{ name, address },
    ...(member && { member: member.id }),
    ...(swarmNode && { swarmNode: swarmNode.id }),
  };
  return { ref, node, member, swarmNode };
}

const managing = (swarmNode: SwarmNode | undefined): SwarmNode | undefined =>
  swarmNode?.manager ? swarmNode : undefined;

const idText = ({ ref }: RaftMachine): string => `${ref.member ?? ""} ${ref.swarmNode ?? ""}`;

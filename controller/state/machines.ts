// The machines of both rafts: every etcd voter or learner and every swarm manager, joined into one entry per machine.
// Unmanaged machines are included.

import type { MachineRef } from "../../crd-like-specs/resources/shapes.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { EtcdState, MemberState, SwarmState } from "./input.ts";
import type { Node } from "./nodes.ts";

export interface RaftMachine {
  readonly ref: MachineRef;
  /** Undefined for an unmanaged machine. */
  readonly node: Node | undefined;
  readonly member: MemberState | undefined;
  /** Only while it is in the swarm's raft. */
  readonly swarmNode: SwarmNode | undefined;
}

/** First the given managers and partial managers, in their order; then unmanaged members and swarm managers, by id. */
export function machinesIn(managers: readonly Node[], swarm: SwarmState, etcd: EtcdState): RaftMachine[] {
  const managed = managers
    .filter(node => node.member !== undefined || inSwarmRaft(node.swarm) !== undefined)
    .map(node => machine(node, node.name, node.address, node.member, inSwarmRaft(node.swarm)));
  const members = etcd.members.filter(member => !managed.some(one => one.member?.id === member.id));
  const swarmNodes = swarm.nodes.filter(
    swarmNode => inSwarmRaft(swarmNode) && !managed.some(one => one.swarmNode?.id === swarmNode.id),
  );
  const unmanaged = members.map(member => {
    const address = member.peerUrls.map(hostOf)[0] ?? "";
    const swarmNode = swarmNodes.find(candidate => candidate.address === address);
    return machine(undefined, swarmNode?.hostname ?? (member.name || address), address, member, swarmNode);
  });
  const swarmOnly = swarmNodes
    .filter(swarmNode => !unmanaged.some(one => one.swarmNode?.id === swarmNode.id))
    .map(swarmNode => machine(undefined, swarmNode.hostname, swarmNode.address, undefined, swarmNode));
  return [...managed, ...[...unmanaged, ...swarmOnly].sort((a, b) => (idText(a) < idText(b) ? -1 : 1))];
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

const inSwarmRaft = (swarmNode: SwarmNode | undefined): SwarmNode | undefined =>
  swarmNode?.manager ? swarmNode : undefined;

const idText = ({ ref }: RaftMachine): string => `${ref.member ?? ""} ${ref.swarmNode ?? ""}`;

// Machines with a part in a raft: every etcd voter or learner and every swarm manager, joined into one entry a machine,
// whether or not a host that we know belongs to it.

import type { MachineRef } from "../../crd-like-specs/resources/shapes.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { EtcdState, MemberState, SwarmState } from "./input.ts";
import type { Host } from "./nodes.ts";

export interface RaftMachine {
  readonly ref: MachineRef;
  readonly host: Host | undefined;
  readonly member: MemberState | undefined;
  /** Only while it is in the swarm's raft. */
  readonly swarmNode: SwarmNode | undefined;
}

/** Of hosts that are managers in any part, in their order, then of members and managers of no known host, by id. */
export function machinesIn(managers: readonly Host[], swarm: SwarmState, etcd: EtcdState): RaftMachine[] {
  const known = managers
    .filter(host => host.member !== undefined || managing(host.swarm) !== undefined)
    .map(host => machine(host, host.name, host.address, host.member, managing(host.swarm)));
  const members = etcd.members.filter(member => !known.some(one => one.member?.id === member.id));
  const nodes = swarm.nodes.filter(node => managing(node) && !known.some(one => one.swarmNode?.id === node.id));
  const unmanaged = members.map(member => {
    const address = member.peerUrls.map(hostOf)[0] ?? "";
    const node = nodes.find(candidate => candidate.address === address);
    return machine(undefined, node?.hostname ?? (member.name || address), address, member, node);
  });
  const swarmAlone = nodes
    .filter(node => !unmanaged.some(one => one.swarmNode?.id === node.id))
    .map(node => machine(undefined, node.hostname, node.address, undefined, node));
  return [...known, ...[...unmanaged, ...swarmAlone].sort((a, b) => (idText(a) < idText(b) ? -1 : 1))];
}

function machine(
  host: Host | undefined,
  name: string,
  address: string,
  member: MemberState | undefined,
  swarmNode: SwarmNode | undefined,
): RaftMachine {
  const ref = {
    ...(host && { node: host.id }),
    ...{ name, address },
    ...(member && { member: member.id }),
    ...(swarmNode && { swarmNode: swarmNode.id }),
  };
  return { ref, host, member, swarmNode };
}

const managing = (node: SwarmNode | undefined): SwarmNode | undefined => (node?.manager ? node : undefined);

const idText = ({ ref }: RaftMachine): string => `${ref.member ?? ""} ${ref.swarmNode ?? ""}`;

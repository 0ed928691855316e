// Seats in the rafts: every etcd voter or learner and every swarm manager, joined into one seat a machine, whether or
// not a host that we know belongs to it. What sits there and gives no sign of life is missing.
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/ids.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import { type Host, hostOf } from "./hosts.ts";
import type { EtcdState, MemberState, SwarmState } from "./input.ts";

export interface Seat {
  readonly host: Host | undefined;
  readonly name: string;
  /** Without a port; empty when nothing tells it. */
  readonly address: string;
  readonly member: MemberState | undefined;
  /** A member of the swarm's raft, or on its way out of it. */
  readonly node: SwarmNode | undefined;
}

/** What names a seat over time: by the ids of its parts, never by name or address. */
export interface SeatId {
  readonly node?: NodeId | undefined;
  readonly member?: MemberId | undefined;
  readonly swarmNode?: SwarmNodeId | undefined;
}

/** Of hosts that are managers in any part, in their order, then of members and managers of no known host, by id. */
export function seatsOf(managers: readonly Host[], swarm: SwarmState, etcd: EtcdState): Seat[] {
  const known = managers
    .filter(host => host.member !== undefined || managing(host.swarm) !== undefined)
    .map(host => ({ host, name: host.name, address: host.address, member: host.member, node: managing(host.swarm) }));
  const members = etcd.members.filter(member => !known.some(seat => seat.member?.id === member.id));
  const nodes = swarm.nodes.filter(node => managing(node) && !known.some(seat => seat.node?.id === node.id));
  const strangers = members.map(member => {
    const address = member.peerUrls.map(hostOf)[0] ?? "";
    const node = nodes.find(candidate => candidate.address === address);
    return { host: undefined, name: node?.hostname ?? (member.name || address), address, member, node };
  });
  const alone = nodes
    .filter(node => !strangers.some(seat => seat.node?.id === node.id))
    .map(node => ({ host: undefined, name: node.hostname, address: node.address, member: undefined, node }));
  return [...known, ...[...strangers, ...alone].sort((a, b) => (idText(a) < idText(b) ? -1 : 1))];
}

const managing = (node: SwarmNode | undefined): SwarmNode | undefined => (node?.manager ? node : undefined);

const idText = (seat: Seat): string => `${seat.member?.id ?? ""} ${seat.node?.id ?? ""}`;

export const idOf = ({ host, member, node }: Seat): SeatId => ({
  ...(host && { node: host.id }),
  ...(member && { member: member.id }),
  ...(node && { swarmNode: node.id }),
});

/** Whether both name one seat: a part that both have must be the same, and one such part is enough. */
export const isSame = (a: SeatId, b: SeatId): boolean =>
  (a.member !== undefined && a.member === b.member) || (a.swarmNode !== undefined && a.swarmNode === b.swarmNode);

/** Neither raft hears of it: no part of it answers. A learner that has not started yet is somebody's work in progress. */
export const isSilent = ({ member, node }: Seat): boolean =>
  (member === undefined || !member.healthy) && (node === undefined || node.manager?.reachable !== true);

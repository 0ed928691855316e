// Branded identifiers: a swarm node id cannot be handed where an etcd member id is wanted.
// All are plain strings at run time; parse at the border, trust inside.
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our own id of a host: 12 lower-case hex digits, made once by its agent and kept on its disk. */
export type NodeId = Branded<"NodeId">;
/** Docker's id of a swarm node; a host that leaves and joins again gets a new one. */
export type SwarmNodeId = Branded<"SwarmNodeId">;
/** An etcd member or cluster id: lower-case hex without leading zeros, as `etcdctl member list` prints it. */
export type MemberId = Branded<"MemberId">;

export const nodeId = (text: string): NodeId => text as NodeId;
export const swarmNodeId = (text: string): SwarmNodeId => text as SwarmNodeId;
export const memberId = (text: string): MemberId => text as MemberId;

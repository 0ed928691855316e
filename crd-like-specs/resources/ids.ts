// Branded ids: the compiler rejects a swarm node id where an etcd member id is expected.
// At run time they are plain strings, which are checked only where they enter the program.
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id of a node: 12 lower-case hex digits, which its agent makes once and keeps on the disk. */
export type NodeId = Branded<"NodeId">;
/** Docker's id of a swarm node. A node that leaves and joins again gets a new one. */
export type SwarmNodeId = Branded<"SwarmNodeId">;
/** An etcd member or cluster id: lower-case hex without leading zeros, as `etcdctl member list` prints it. */
export type MemberId = Branded<"MemberId">;

export const nodeId = (text: string): NodeId => text as NodeId;
export const swarmNodeId = (text: string): SwarmNodeId => text as SwarmNodeId;
export const memberId = (text: string): MemberId => text as MemberId;

// What planning stands on once both rafts could be observed: hosts joined, quorums counted, and every fact that more than
// one planner needs. Each is derived here, once a round; planners and the check only read.
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Raft } from "../../quorum/arithmetic.ts";
import { type CircuitBreaker, circuitBreakerOf } from "./circuit-breaker.ts";
import { type DrainRequest, drainRequests } from "./drained.ts";
import type { EtcdState, MemberState, PlanInput, SwarmState } from "./input.ts";
import { machinesIn, type RaftMachine } from "./machines.ts";
import { type ManagerLock, standingLock } from "./manager-lock.ts";
import { etcdRaft, isPartlyManager, joinNodes, type Node, swarmRaft } from "./nodes.ts";
import { removedNodes } from "./removed.ts";
import { type Unreachable, unreachableIn } from "./unreachable.ts";
import { type Vaults, vaultsIn } from "./vaults.ts";

export interface World {
  readonly input: PlanInput;
  readonly swarm: SwarmState;
  readonly etcd: EtcdState;
  readonly rafts: { readonly swarm: Raft; readonly etcd: Raft };
  /** Sorted by id. */
  readonly nodes: readonly Node[];
  /** Those of them that are managers in any part. */
  readonly managers: readonly Node[];
  readonly nodeById: ReadonlyMap<NodeId, Node>;
  /** In the order of the hosts. */
  readonly nodeBySwarmNode: ReadonlyMap<SwarmNodeId, Node>;
  readonly nodeByMember: ReadonlyMap<MemberId, Node>;
  readonly memberById: ReadonlyMap<MemberId, MemberState>;
  readonly swarmNodeById: ReadonlyMap<SwarmNodeId, SwarmNode>;
  /** Each machine with a part in a raft, of a known host or not. */
  readonly machines: readonly RaftMachine[];
  /** Of these, the ones that do not answer; the longest away first. */
  readonly unreachable: readonly Unreachable[];
  /** Hosts that the operation in flight has taken out of both rafts. */
  readonly removed: ReadonlySet<NodeId>;
  readonly circuitBreaker: CircuitBreaker;
  /** Whose nodes are to be drained, by the spec and by the rollout's record as the round begins. */
  readonly drains: ReadonlyMap<NodeId, DrainRequest>;
  readonly vaults: Vaults;
  /** Who is changing a manager as the round begins. */
  readonly managerLock: ManagerLock | undefined;
}

/** Undefined where a raft could not be observed: nothing is planned on a guess. Pure; throws nothing. */
export function worldOf(input: PlanInput): World | undefined {
  if (!input.swarm.known || !input.etcd.known) return undefined;
  const [swarm, etcd] = [input.swarm.value, input.etcd.value];
  const memberById = indexed(etcd.members, ({ id }) => id);
  const swarmNodeById = indexed(swarm.nodes, ({ id }) => id);
  const nodes = joinNodes(input, swarmNodeById, etcd.members);
  const managers = nodes.filter(isPartlyManager);
  const machines = machinesIn(managers, swarm, etcd);
  const removed = removedNodes(input.operation, memberById, swarmNodeById);
  const vaults = vaultsIn(input.spec, nodes, removed);
  return {
    ...{ input, swarm, etcd, nodes, managers, memberById, swarmNodeById, machines, removed, vaults },
    rafts: { swarm: swarmRaft(swarm), etcd: etcdRaft(etcd) },
    nodeById: indexed(nodes, ({ id }) => id),
    nodeBySwarmNode: indexed(nodes, ({ swarm }) => swarm?.id),
    nodeByMember: indexed(managers, ({ member }) => member?.id),
    unreachable: unreachableIn(input, nodes, machines),
    circuitBreaker: circuitBreakerOf(input),
    drains: drainRequests(input.spec, input.rollout),
    managerLock: standingLock(input, vaults),
  };
}

/** By key, in the order of the items; what has none is left out. In one pass: a cluster may have ten thousand nodes. */
function indexed<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key | undefined): Map<Key, Item> {
  const index = new Map<Key, Item>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) index.set(key, item);
  }
  return index;
}

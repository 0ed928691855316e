// The facts that planners share, once both rafts could be observed: nodes joined, quorums counted, and every fact that
// more than one planner needs. They are derived here once a round; planners and the check only read them.
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
  /** The managers and partial managers among them. */
  readonly managers: readonly Node[];
  readonly nodeById: ReadonlyMap<NodeId, Node>;
  /** In the order of `nodes`. */
  readonly nodeBySwarmNode: ReadonlyMap<SwarmNodeId, Node>;
  readonly nodeByMember: ReadonlyMap<MemberId, Node>;
  readonly memberById: ReadonlyMap<MemberId, MemberState>;
  readonly swarmNodeById: ReadonlyMap<SwarmNodeId, SwarmNode>;
  /** Every machine of a raft, unmanaged ones included. */
  readonly machines: readonly RaftMachine[];
  /** The unreachable ones among them, the longest unreachable first. */
  readonly unreachable: readonly Unreachable[];
  /** Dead nodes that the operation in progress has removed from both rafts. */
  readonly removed: ReadonlySet<NodeId>;
  readonly circuitBreaker: CircuitBreaker;
  /** Which nodes must be drained, by the spec and by the rollout's record as the round begins. */
  readonly drains: ReadonlyMap<NodeId, DrainRequest>;
  readonly vaults: Vaults;
  /** Why managers change as the round begins; undefined for no reason. */
  readonly managerLock: ManagerLock | undefined;
}

/** Undefined where a raft could not be observed: no plan is based on a guess. Pure; throws nothing. */
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

/** By key, in the order of the items, without items that have no key. One loop: a cluster may have 10 000 nodes. */
function indexed<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key | undefined): Map<Key, Item> {
  const index = new Map<Key, Item>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) index.set(key, item);
  }
  return index;
}

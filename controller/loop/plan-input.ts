// Both rafts are observed, and joined with what etcd holds and with what the controller remembers into one plain value.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import type { EffectDeps } from "../effects/deps.ts";
import type { PlanInput } from "../state/input.ts";
import { updateHealth } from "./healthy-since.ts";
import type { Memory } from "./memory.ts";
import { observeEtcd, observeSwarm } from "./observe.ts";
import { watchOn } from "./observed-since.ts";

type Observed = Pick<PlanInput, "swarm" | "etcd">;

/** Throws only where this engine is no manager at all. */
export async function observeRafts(
  { docker, membership, clock }: Pick<EffectDeps, "docker" | "membership" | "clock">,
  known: ClusterKeys,
): Promise<Observed> {
  const [swarm, etcd] = await Promise.all([
    observeSwarm(docker, clock, emptiedNodes(known)),
    observeEtcd(membership, clock, unreachableMembers(known)),
  ]);
  return { swarm, etcd };
}

/** Members that were silent in the last round, and the one that is being replaced. */
const unreachableMembers = ({
  cluster,
  operation,
}: Pick<ClusterKeys, "cluster" | "operation">): ReadonlySet<MemberId> =>
  new Set([...(cluster?.unreachable ?? []), operation?.replaces].flatMap(one => one?.member ?? []));

/** Nodes of hosts whose units change once no task is left there. */
const emptiedNodes = ({ rollout, statuses }: Pick<ClusterKeys, "rollout" | "statuses">): ReadonlySet<SwarmNodeId> =>
  new Set(rollout?.draining.flatMap(({ node }) => statuses.get(node)?.swarm.node ?? []));

/** What a round plans on, as of now. Brings the times that the memory holds up to date with what was observed. */
export function planInput(
  { self, known, spec, observed }: { self: NodeId; known: ClusterKeys; spec: Spec; observed: Observed },
  clock: EffectDeps["clock"],
  memory: Memory,
): PlanInput {
  const { swarm, etcd } = observed;
  const now = clock.now();
  memory.unseenSince = swarm.known ? undefined : (memory.unseenSince ?? swarm.since);
  const leader = swarm.known && etcd.known ? swarm.value.nodes.find(node => node.manager?.leader)?.id : undefined;
  memory.watch = watchOn(memory.watch, { now, monotonic: clock.monotonic(), leader });
  memory.health = updateHealth(memory.health, known, now);
  return {
    ...known,
    ...{ now, self, spec, etcd },
    swarm: swarm.known ? swarm : { ...swarm, since: memory.unseenSince ?? swarm.since },
    watchedSince: memory.watch.since,
    healthySince: new Map([...memory.health].map(([node, { since }]) => [node, since])),
  };
}

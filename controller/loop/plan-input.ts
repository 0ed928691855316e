// Observes both rafts, and combines the result with the keys in etcd and the memory of the leader into one PlanInput.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import type { EffectDeps } from "../effects/deps.ts";
import type { PlanInput } from "../state/input.ts";
import { updateHealth } from "./healthy-since.ts";
import type { Memory } from "./memory.ts";
import { observeEtcd, observeSwarm } from "./observe.ts";
import { continueWatch } from "./observed-since.ts";

type Observed = Pick<PlanInput, "swarm" | "etcd">;

/** Rejects only if this engine is no swarm manager. */
export async function observeRafts(
  { docker, membership, clock }: Pick<EffectDeps, "docker" | "membership" | "clock">,
  known: ClusterKeys,
): Promise<Observed> {
  const [swarm, etcd] = await Promise.all([
    observeSwarm(docker, clock, drainingNodes(known)),
    observeEtcd(membership, clock, unreachableMembers(known)),
  ]);
  return { swarm, etcd };
}

/** Members that were unreachable in the last round, and the one that is being replaced. */
const unreachableMembers = ({
  cluster,
  operation,
}: Pick<ClusterKeys, "cluster" | "operation">): ReadonlySet<MemberId> =>
  new Set([...(cluster?.unreachable ?? []), operation?.replaces].flatMap(one => one?.member ?? []));

/** Swarm nodes whose units change as soon as their tasks have ended. */
const drainingNodes = ({ rollout, statuses }: Pick<ClusterKeys, "rollout" | "statuses">): ReadonlySet<SwarmNodeId> =>
  new Set(rollout?.draining.flatMap(({ node }) => statuses.get(node)?.swarm.node ?? []));

/** The input of the planner at this moment. Updates the times in the memory with the observation. */
export function planInput(
  { self, known, spec, observed }: { self: NodeId; known: ClusterKeys; spec: Spec; observed: Observed },
  clock: EffectDeps["clock"],
  memory: Memory,
): PlanInput {
  const { swarm, etcd } = observed;
  const now = clock.now();
  memory.unobservableSince = swarm.known ? undefined : (memory.unobservableSince ?? swarm.since);
  const leader = swarm.known && etcd.known ? swarm.value.nodes.find(node => node.manager?.leader)?.id : undefined;
  memory.watch = continueWatch(memory.watch, { now, monotonic: clock.monotonic(), leader });
  memory.health = updateHealth(memory.health, known, now);
  return {
    ...known,
    ...{ now, self, spec, etcd },
    swarm: swarm.known ? swarm : { ...swarm, since: memory.unobservableSince ?? swarm.since },
    watchedSince: memory.watch.since,
    healthySince: new Map([...memory.health].map(([node, { since }]) => [node, since])),
  };
}

// Observes both rafts. What cannot be observed becomes "unknown" with a reason, never a guess.
import { reasonOf as messageOf } from "../../crd-like-specs/reason.ts";
import { type ConditionType, kindOf } from "../../crd-like-specs/resources/condition.ts";
import type { MemberId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import { type Docker, DockerError } from "../../drivers/docker/port.ts";
import { EtcdError, type Member, type Membership } from "../../drivers/etcd/port.ts";
import { probeMember } from "../../quorum/probe.ts";
import type { EtcdState, MemberState, Observation, SwarmState } from "../state/input.ts";

/** A member without an answer after this time is unhealthy in this round. */
const PROBE_MS = 1000;
/** The same for a member that has not answered before. */
const UNREACHABLE_PROBE_MS = 250;

/** Whether the error means that this engine is no swarm manager, in contrast to a lost quorum. */
export const isNoManager = (error: unknown): error is DockerError =>
  error instanceof DockerError && ["not-a-manager", "not-in-swarm"].includes(error.kind);

/**
 * Rejects only if this engine is no swarm manager: then it cannot lead. Counts the tasks on `draining` nodes once they
 * are drained, because before that more may come.
 */
export async function observeSwarm(
  docker: Docker,
  clock: Clock,
  draining: ReadonlySet<SwarmNodeId>,
): Promise<Observation<SwarmState>> {
  return observation("SwarmUnobservable", clock, async () => {
    const [swarm, nodes] = await Promise.all([docker.inspectSwarm(), docker.nodes()]);
    const drained = nodes.filter(({ id, availability }) => availability === "drain" && draining.has(id));
    const counts = await Promise.all(drained.map(({ id }) => countTasks(docker, id)));
    return { ...swarm, nodes, tasks: new Map(counts.flat()) };
  });
}

/** Empty if the tasks cannot be counted: an unknown count is not zero. */
async function countTasks(docker: Docker, node: SwarmNodeId): Promise<[SwarmNodeId, number][]> {
  try {
    return [[node, await docker.tasksOn(node)]];
  } catch {
    return [];
  }
}

/** Never rejects. Members in `unreachable` did not answer before and get less time. */
export async function observeEtcd(
  membership: Membership,
  clock: Clock,
  unreachable: ReadonlySet<MemberId>,
): Promise<Observation<EtcdState>> {
  return observation("EtcdUnobservable", clock, async () => {
    const { cluster, members } = await membership.list();
    const observations = members.map(member =>
      probe(membership, clock, member, unreachable.has(member.id) ? UNREACHABLE_PROBE_MS : PROBE_MS),
    );
    return { cluster, members: await Promise.all(observations) };
  });
}

/** `condition`: the type of the condition while `observe` fails. */
async function observation<T>(
  condition: ConditionType,
  clock: Clock,
  observe: () => Promise<T>,
): Promise<Observation<T>> {
  const at = clock.now();
  try {
    return { known: true, at, value: await observe() };
  } catch (error) {
    if (isNoManager(error)) throw error;
    const why = `${kindOf(condition).summary}: ${messageOf(error)}`;
    return { known: false, since: at, reason: reasonOf(error), why };
  }
}

/** `no-leader` → `NoLeader`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof DockerError || error instanceof EtcdError)) return "Unexpected";
  return error.kind.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A member is healthy if it answers and knows an etcd leader. */
async function probe(membership: Membership, clock: Clock, member: Member, withinMs: number): Promise<MemberState> {
  const status = await probeMember({ membership, clock }, member, withinMs);
  const healthy = status?.leader !== undefined;
  return { ...member, healthy, leader: healthy && status.leader === member.id };
}

// Looks at both rafts. What cannot be seen becomes "unknown, because …", never a guess.
import type { Clock } from "../../drivers/clock/port.ts";
import { type Docker, DockerError } from "../../drivers/docker/port.ts";
import type { Member, Membership } from "../../drivers/etcd/port.ts";
import { reachableUrls } from "../state/hosts.ts";
import type { EtcdState, MemberState, Observation, SwarmState } from "../state/input.ts";

/** A member that has not answered after so long is not healthy, for this round. */
const PROBE_MS = 1000;

/** This engine is no manager at all, as opposed to one that has lost its quorum. */
export const isNoManager = (error: unknown): error is DockerError =>
  error instanceof DockerError && ["not-a-manager", "not-in-swarm"].includes(error.kind);

/** Throws only where this engine is no manager at all: then it is not the place to lead from. */
export async function observeSwarm(docker: Docker, clock: Clock): Promise<Observation<SwarmState>> {
  return observation("swarm", clock, async () => {
    const [swarm, nodes] = await Promise.all([docker.inspectSwarm(), docker.nodes()]);
    return { ...swarm, nodes };
  });
}

export async function observeEtcd(membership: Membership, clock: Clock): Promise<Observation<EtcdState>> {
  return observation("etcd", clock, async () => {
    const { cluster, members } = await membership.list();
    return { cluster, members: await Promise.all(members.map(member => probe(membership, clock, member))) };
  });
}

async function observation<T>(what: string, clock: Clock, look: () => Promise<T>): Promise<Observation<T>> {
  const at = clock.now();
  try {
    return { known: true, at, value: await look() };
  } catch (error) {
    if (isNoManager(error)) throw error;
    return {
      known: false,
      since: at,
      why: `${what} cannot be seen: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** Healthy is a member that answers for itself and knows a leader. One that never started has nobody to ask. */
async function probe(membership: Membership, clock: Clock, member: Member): Promise<MemberState> {
  const endpoint = reachableUrls(member)[0] ?? member.clientUrls[0];
  if (endpoint === undefined) return { ...member, healthy: false, leader: false };
  const patience = new AbortController();
  try {
    const status = await Promise.race([
      membership.status(endpoint),
      clock.sleep(PROBE_MS, patience.signal).then(() => undefined),
    ]);
    const healthy = status !== undefined && status.leader !== undefined && status.member === member.id;
    return { ...member, healthy, leader: healthy && status.leader === member.id };
  } catch {
    return { ...member, healthy: false, leader: false };
  } finally {
    patience.abort();
  }
}

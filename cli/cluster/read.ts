// The cluster's keys for a command that shows them; without a quorum of etcd the last picture that one server has of it,
// and what a person can do.

import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { systemClock } from "../../drivers/clock/real.ts";
import { type Etcd, EtcdError } from "../../drivers/etcd/port.ts";
import { type QuorumFacts, quorumHeadline, recoverySteps } from "../../quorum/recovery.ts";
import { probeVoters } from "../../quorum/voters.ts";
import { type EtcdOptions, READ_PATIENCE_MS, withEtcd, within } from "./etcd.ts";
import { lastKnown } from "./last-known.ts";

const STALE_PATIENCE_MS = 1_000;

export interface ClusterRead {
  readonly known: ClusterKeys;
  /** What is wrong and what can be done, where etcd has lost its quorum: then nobody leads, whatever the keys say. */
  readonly lost: readonly string[] | undefined;
}

/** CliError where etcd does not answer at all, or not for want of a quorum. */
export function readCluster(options: EtcdOptions): Promise<ClusterRead> {
  return withEtcd(
    options,
    async (etcd, keys) => {
      try {
        const { kvs } = await within(READ_PATIENCE_MS, etcd.kv.list(keys.root));
        return { known: readClusterKeys(keys, kvs), lost: undefined };
      } catch (error) {
        if (!(error instanceof EtcdError && error.recoverable)) throw error;
        const observe = await readWithoutQuorum(etcd, keys, error).catch(() => undefined);
        if (observe === undefined) throw error;
        return observe;
      }
    },
    "none",
  );
}

/** Undefined where it is not the quorum that is missing. */
async function readWithoutQuorum(etcd: Etcd, keys: Keyspace, error: EtcdError): Promise<ClusterRead | undefined> {
  const { kvs } = await within(STALE_PATIENCE_MS, etcd.kv.listStale(keys.root));
  const known = readClusterKeys(keys, kvs);
  const voters = await probeVoters({ etcd, clock: systemClock }, known.cluster);
  const answers = new Set(voters.filter(voter => voter.answers).map(({ address }) => address));
  const cluster = known.cluster && lastKnown(known.cluster, answers);
  const swarmLost = cluster !== undefined && cluster.swarm.quorum.healthy < cluster.swarm.quorum.needed;
  const swarmProblem = swarmLost ? "too few of its managers are reachable" : undefined;
  const facts: QuorumFacts = { voters, etcdUnavailable: true, swarmProblem, self: undefined };
  const headline = quorumHeadline(facts);
  if (headline === undefined) return undefined;
  return {
    known: { ...known, cluster, leader: undefined },
    lost: [error.message, headline, ...recoverySteps(facts), "What follows was known when that happened:"],
  };
}

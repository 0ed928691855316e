// Reads the cluster's keys for a command that shows them. If etcd has lost its quorum: the keys as one member has them,
// and how an operator can recover.

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
  readonly clusterKeys: ClusterKeys;
  /** The failure and the recovery steps, if etcd has lost its quorum. No controller leads then, even if a key names one. */
  readonly lost: readonly string[] | undefined;
}

/** CliError if etcd does not answer for another reason than a lost quorum. */
export function readCluster(options: EtcdOptions): Promise<ClusterRead> {
  return withEtcd(
    options,
    async (etcd, keys) => {
      try {
        const { kvs } = await within(READ_PATIENCE_MS, etcd.kv.list(keys.root));
        return { clusterKeys: readClusterKeys(keys, kvs), lost: undefined };
      } catch (error) {
        if (!(error instanceof EtcdError && error.recoverable)) throw error;
        const stale = await readWithoutQuorum(etcd, keys, error).catch(() => undefined);
        if (stale === undefined) throw error;
        return stale;
      }
    },
    "none",
  );
}

/** Undefined if etcd has its quorum. */
async function readWithoutQuorum(etcd: Etcd, keys: Keyspace, error: EtcdError): Promise<ClusterRead | undefined> {
  const { kvs } = await within(STALE_PATIENCE_MS, etcd.kv.listStale(keys.root));
  const clusterKeys = readClusterKeys(keys, kvs);
  const voters = await probeVoters({ etcd, clock: systemClock }, clusterKeys.cluster);
  const answers = new Set(voters.filter(voter => voter.answers).map(({ address }) => address));
  const cluster = clusterKeys.cluster && lastKnown(clusterKeys.cluster, answers);
  const swarmLost = cluster !== undefined && cluster.swarm.quorum.healthy < cluster.swarm.quorum.needed;
  const swarmProblem = swarmLost ? "too few of its managers are reachable" : undefined;
  const facts: QuorumFacts = { voters, etcdUnavailable: true, swarmProblem, self: undefined };
  const headline = quorumHeadline(facts);
  if (headline === undefined) return undefined;
  return {
    clusterKeys: { ...clusterKeys, cluster, leader: undefined },
    lost: [error.message, headline, ...recoverySteps(facts), "The state before that:"],
  };
}

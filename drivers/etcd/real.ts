// The real etcd: etcd3 is the transport for KV, leases and cluster calls. The folder real/ decides about retries, about
// the choice of a server and about resuming, not etcd3. etcd3's Watcher, Election and Lock are not used.
import { type Etcd, EtcdError, type Kv, type Leases, type Membership } from "./port.ts";
import { EndpointPool, type PoolOptions } from "./real/pool.ts";
import { watchPrefix } from "./real/watch.ts";
import { bytes, fromKeyValue, fromMember, fromWireId, prefixRange, readBarrier, toTxn, toWireId } from "./real/wire.ts";

/** Client URLs (`http://10.0.0.1:2379`), PEM texts for https ones, and a log for failed attempts. */
export type EtcdOptions = PoolOptions;

/** A renewal is cheap and urgent. After this time the next server is asked (chosen). */
const RENEW_MS = 1_000;

/** Connects lazily: sends nothing before the first call. Throws EtcdError `unexpected` without an endpoint. */
export function connectEtcd(options: EtcdOptions): Etcd {
  const pool = new EndpointPool(options);
  return {
    kv: realKv(pool),
    leases: realLeases(pool),
    membership: realMembership(pool),
    endpoints: () => pool.urls(),
    setEndpoints: endpoints => pool.use(endpoints),
    close: () => pool.close(),
  };
}

function realKv(pool: EndpointPool): Kv {
  return {
    async get(key) {
      const { kvs } = await pool.repeatable(`get ${key}`, (etcd, deadline) =>
        etcd.kv.range({ key: bytes(key) }, { deadline }),
      );
      return kvs[0] && fromKeyValue(kvs[0]);
    },
    list: prefix => list(pool, prefix, false),
    listStale: prefix => list(pool, prefix, true),
    async txn(txn) {
      const { header, succeeded } = await pool.once("transaction", (etcd, deadline) =>
        etcd.kv.txn(toTxn(txn), { deadline }),
      );
      return { succeeded, revision: Number(header.revision) };
    },
    watch: (prefix, from) => watchPrefix(pool, prefix, from),
  };
}

async function list(pool: EndpointPool, prefix: string, serializable: boolean) {
  const { header, kvs } = await pool.repeatable(`list ${prefix}`, (etcd, deadline) =>
    etcd.kv.range({ ...prefixRange(prefix), serializable }, { deadline }),
  );
  return { revision: Number(header.revision), kvs: kvs.map(fromKeyValue) };
}

function realLeases(pool: EndpointPool): Leases {
  return {
    async grant(ttlSeconds) {
      // Safe to repeat: a lease whose id never arrived holds no key and expires.
      const { ID, TTL } = await pool.repeatable("grant lease", (etcd, deadline) =>
        etcd.leaseClient.leaseGrant({ TTL: ttlSeconds }, { deadline }),
      );
      return { id: ID, ttl: Number(TTL) };
    },
    async keepAlive(id) {
      const { TTL } = await pool.repeatable("keep lease alive", (etcd, deadline) =>
        etcd.keepLeaseAlive(id, Math.min(deadline, Date.now() + RENEW_MS)),
      );
      const ttl = Number(TTL);
      if (ttl <= 0) throw new EtcdError("lease-not-found", `etcd: keep lease alive: lease ${id} has expired`);
      return ttl;
    },
    async revoke(id) {
      try {
        await pool.repeatable("revoke lease", (etcd, deadline) =>
          etcd.leaseClient.leaseRevoke({ ID: id }, { deadline }),
        );
      } catch (error) {
        if (!(error instanceof EtcdError) || error.kind !== "lease-not-found") throw error;
      }
    },
  };
}

function realMembership(pool: EndpointPool): Membership {
  return {
    async list() {
      const { header, members } = await pool.repeatable("list members", async (etcd, deadline) => {
        await etcd.kv.range(readBarrier, { deadline }); // etcd 3.4 has no linearizable member list
        return etcd.cluster.memberList({}, { deadline });
      });
      return { cluster: fromWireId(header.cluster_id), members: members.map(fromMember) };
    },
    async addLearner(peerUrl) {
      const { member, members } = await pool.once(`add learner ${peerUrl}`, (etcd, deadline) =>
        etcd.cluster.memberAdd({ peerURLs: [peerUrl], isLearner: true }, { deadline }),
      );
      return { id: fromWireId(member.ID), members: members.map(fromMember) };
    },
    async promote(id) {
      await pool.once(`promote member ${id}`, (etcd, deadline) =>
        etcd.cluster.memberPromote({ ID: toWireId(id) }, { deadline }),
      );
    },
    async remove(id) {
      await pool.once(`remove member ${id}`, (etcd, deadline) =>
        etcd.cluster.memberRemove({ ID: toWireId(id) }, { deadline }),
      );
    },
    async status(endpoint) {
      const status = await pool.exactly(endpoint, "status", false, (etcd, deadline) =>
        etcd.maintenance.status({ deadline }),
      );
      return {
        cluster: fromWireId(status.header.cluster_id),
        member: fromWireId(status.header.member_id),
        leader: status.leader === "0" ? undefined : fromWireId(status.leader),
        version: status.version,
        learner: status.isLearner,
        raftIndex: Number(status.raftIndex),
        dbSizeBytes: Number(status.dbSize),
      };
    },
    async moveLeader(leaderEndpoint, to) {
      await pool.exactly(leaderEndpoint, `move the leadership to ${to}`, true, (etcd, deadline) =>
        etcd.maintenance.moveLeader({ targetID: toWireId(to) }, { deadline }),
      );
    },
  };
}

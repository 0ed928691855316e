// What swarmkeeper needs of etcd: keys with transactions, raw watches, leases and membership. Informer, session,
// leadership and lock use this port alone, so they run on the real driver and on the fake.
import type { Observable } from "rxjs";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Lease id in decimal, "0" for none. */
  readonly lease: string;
}

/** One condition of a transaction. A key that does not exist has create and mod revision 0. */
export type Compare =
  | { key: string; target: "create" | "mod"; op: "=" | "!=" | "<" | ">"; value: number }
  | { key: string; target: "value"; op: "=" | "!="; value: string };

export type Write = { put: string; value: string; lease?: string } | { delete: string } | { deletePrefix: string };

export interface Txn {
  readonly if: readonly Compare[];
  readonly do: readonly Write[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly revision: number;
}

export type WatchEvent = { type: "put"; kv: KeyValue } | { type: "delete"; key: string; modRevision: number };

/** All events of one or more whole revisions, in order; `events` is empty for a progress notification. */
export interface WatchBatch {
  /** Everything up to and including this revision has been delivered. */
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

export interface Kv {
  /** Linearizable. Undefined if the key does not exist. */
  get(key: string): Promise<KeyValue | undefined>;
  /** Linearizable, sorted by key. `revision` is the store's modRevision at the time of the read. */
  list(prefix: string): Promise<{ revision: number; kvs: KeyValue[] }>;
  /** As `list`, but from one server's own data, of any age. For reading without a quorum. */
  listStale(prefix: string): Promise<{ revision: number; kvs: KeyValue[] }>;
  /** Never retried by the driver. After an EtcdError with `maybeApplied` the caller must read again. */
  txn(txn: Txn): Promise<TxnResult>;
  /**
   * The raw stream from revision `from` on (inclusive). Begins with an empty batch of revision `from - 1` as soon as
   * the server has created the watch. Ends with an EtcdError: `compacted` when etcd has discarded `from` (relist),
   * another recoverable kind when the stream broke or its server lost the quorum (watch again).
   */
  watch(prefix: string, from: number): Observable<WatchBatch>;
}

export interface Leases {
  /** `ttl` in seconds, as granted. */
  grant(ttlSeconds: number): Promise<{ id: string; ttl: number }>;
  /** Resolves to the remaining seconds after the renewal. EtcdError `lease-not-found` when it has expired. */
  keepAlive(id: string): Promise<number>;
  /** Also resolves when the lease does not exist. */
  revoke(id: string): Promise<void>;
}

export interface Member {
  readonly id: MemberId;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until the member has started for the first time. */
  readonly clientUrls: readonly string[];
  readonly learner: boolean;
}

export interface MemberList {
  readonly cluster: MemberId;
  readonly members: readonly Member[];
}

export interface EndpointStatus {
  readonly cluster: MemberId;
  readonly member: MemberId;
  /** The etcd leader. Undefined while this member knows none. */
  readonly leader: MemberId | undefined;
  readonly version: string;
  readonly learner: boolean;
  readonly raftIndex: number;
  readonly dbSizeBytes: number;
}

export interface Membership {
  /** Linearizable. */
  list(): Promise<MemberList>;
  addLearner(peerUrl: string): Promise<{ id: MemberId; members: readonly Member[] }>;
  /** EtcdError `learner-not-ready` until the learner has caught up. */
  promote(id: MemberId): Promise<void>;
  /** EtcdError `unhealthy-cluster` if the other voters would have no quorum. */
  remove(id: MemberId): Promise<void>;
  /** Asks only this endpoint (a client URL). */
  status(endpoint: string): Promise<EndpointStatus>;
  /** `leaderEndpoint` must be the current etcd leader's client URL, else EtcdError `not-leader`. */
  moveLeader(leaderEndpoint: string, to: MemberId): Promise<void>;
}

export interface Etcd {
  readonly kv: Kv;
  readonly leases: Leases;
  readonly membership: Membership;
  /** The client URLs in use. */
  endpoints(): readonly string[];
  /** Uses these client URLs from now on. Open streams on others end with a recoverable error. Leases continue. */
  setEndpoints(endpoints: readonly string[]): void;
  close(): void;
}

export type EtcdErrorKind =
  | "unavailable" // no endpoint answered, or the cluster has no etcd leader
  | "timeout"
  | "compacted"
  | "lease-not-found"
  | "unhealthy-cluster"
  | "learner-not-ready"
  | "too-many-learners"
  | "not-learner" // promote: the member is a voter already
  | "member-not-found"
  | "member-exists" // another member has the peer URL or the id
  | "not-leader"
  | "no-space"
  | "denied" // authentication or permission
  | "closed"
  | "unexpected";

/** Every failure of this driver. Retry policies read `recoverable`, never a message. */
export class EtcdError extends Error {
  readonly kind: EtcdErrorKind;
  /** For `compacted`: the oldest modRevision that can still be watched. */
  readonly compactRevision: number | undefined;
  /** The write may have been applied, although no answer came. */
  readonly maybeApplied: boolean;

  constructor(
    kind: EtcdErrorKind,
    message: string,
    options: { cause?: unknown; compactRevision?: number; maybeApplied?: boolean } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "EtcdError";
    this.kind = kind;
    this.compactRevision = options.compactRevision;
    this.maybeApplied = options.maybeApplied ?? false;
  }

  /** The same call may succeed later. */
  get recoverable(): boolean {
    return ["unavailable", "timeout", "learner-not-ready", "unhealthy-cluster", "too-many-learners"].includes(
      this.kind,
    );
  }
}

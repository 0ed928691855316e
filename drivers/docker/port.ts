// What swarmkeeper needs of a docker engine: its swarm state and, on a manager, the swarm's nodes.
import type { Observable } from "rxjs";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";

export interface EngineInfo {
  /** As the engine prints it: "26.1.5+dfsg1". */
  readonly version: string;
  readonly apiVersion: string;
  readonly hostname: string;
  readonly swarm: {
    readonly state: "inactive" | "pending" | "active" | "error" | "locked";
    readonly node: SwarmNodeId | undefined;
    /** True on a manager that can read and change the swarm. That needs a raft leader. */
    readonly control: boolean;
    /** The swarm's id. Only managers know it. */
    readonly cluster: string | undefined;
    /** Why this engine cannot use the swarm, in one sentence without a full stop; empty if it can. */
    readonly error: string;
    /** host:port of the managers that this engine knows, sorted. */
    readonly remoteManagers: readonly string[];
  };
}

export interface SwarmNode {
  readonly id: SwarmNodeId;
  readonly hostname: string;
  readonly address: string;
  readonly engineVersion: string;
  /** The desired role. The field `manager` is the actual one. */
  readonly role: "manager" | "worker";
  readonly availability: "active" | "pause" | "drain";
  /** It has swarmkeeper's label: `setDrained` drained it, not an operator. */
  readonly drained: boolean;
  readonly state: "ready" | "down" | "unknown" | "disconnected";
  /** Present only while the node is in the swarm's raft. */
  readonly manager: { readonly leader: boolean; readonly reachable: boolean; readonly address: string } | undefined;
}

export interface JoinOptions {
  /** host:port of managers, tried in turn. Each that does not answer costs 10 s (docker's own limit). */
  readonly remotes: readonly string[];
  readonly token: string;
  readonly advertiseAddress: string;
}

/** One engine. Every call rejects with DockerError alone, and ends within a time limit. */
export interface Docker {
  info(): Promise<EngineInfo>;
  /** Makes this engine the first manager of a new swarm. Returns its swarm node id. */
  initSwarm(options: { advertiseAddress: string }): Promise<SwarmNodeId>;
  /** `join-pending`: the engine continues to join in the background. `unreachable`: no remote answered. */
  joinSwarm(options: JoinOptions): Promise<void>;
  /**
   * DockerError for a manager, unless `force` is true: `would-lose-quorum`, `last-manager` or `must-be-demoted-first`.
   */
  leaveSwarm(options: { force: boolean }): Promise<void>;
  /** Managers only: the swarm's id and the token for workers. The manager token is not read. */
  inspectSwarm(): Promise<{ id: string; workerToken: string }>;
  /** Managers only. Needs the swarm's quorum. */
  nodes(): Promise<SwarmNode[]>;
  /**
   * Sets the desired role. Reads the node again and retries when its version was out of sequence. Writes nothing if the
   * node has this role.
   */
  setRole(node: SwarmNodeId, role: "manager" | "worker"): Promise<void>;
  /**
   * True: drains a node and labels it as drained by swarmkeeper, in one write. A node that is drained already gets no
   * label. False: removes the label and restores the availability from before. A node without the label stays as it is.
   * Reads again and retries as `setRole` does.
   */
  setDrained(node: SwarmNodeId, drained: boolean): Promise<void>;
  /** Managers only: how many tasks of services on this node have not ended, regardless of their desired state. */
  tasksOn(node: SwarmNodeId): Promise<number>;
  /**
   * Managers only. `must-be-demoted-first` for a manager; `not-down` for a node that is ready, unless `force` is true.
   */
  removeNode(node: SwarmNodeId, options: { force: boolean }): Promise<void>;
  /**
   * A signal to read again: one value for each change of a node or of the connection to the engine, from the
   * subscription on. Reconnects automatically and emits after each reconnect.
   */
  nodeEvents(): Observable<void>;
  /**
   * A signal to read again: one value whenever the managers, their leader or their reachability change as this manager
   * sees them, or the reason why it cannot see them. It comes within about 1 s, because it is polled: docker has no
   * event for such a change, and its event about a dead node comes 10 to 15 s late.
   */
  managerEvents(): Observable<void>;
  close(): void;
}

export type DockerErrorKind =
  | "unreachable" // no engine at the socket; in a join also: none of the remotes answered
  | "timeout"
  | "not-a-manager"
  | "not-in-swarm"
  | "already-in-swarm"
  | "no-leader" // the swarm has no quorum: read-only mode
  | "leader-lost" // during the call: read before a retry, because the write may still be applied
  | "last-manager"
  | "would-lose-quorum"
  | "not-in-raft" // "can't find manager in raft memberlist": continue with removeNode
  | "must-be-demoted-first"
  | "not-down"
  | "not-found"
  | "out-of-sequence"
  | "join-pending" // the join continues in the background: poll info
  | "bad-token"
  | "unexpected";

/** Every failure of this driver. Retry policies read `recoverable`, never a message. */
export class DockerError extends Error {
  readonly kind: DockerErrorKind;

  constructor(kind: DockerErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "DockerError";
    this.kind = kind;
  }

  /** The same call may succeed later. */
  get recoverable(): boolean {
    return [
      "unreachable",
      "timeout",
      "no-leader",
      "leader-lost",
      "would-lose-quorum",
      "out-of-sequence",
      "join-pending",
    ].includes(this.kind);
  }
}

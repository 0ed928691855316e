// What swarmkeeper needs of a docker engine: its own swarm state, and, on a manager, the nodes.
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
    /** True on a manager that can read and change the swarm, which needs a raft leader. */
    readonly control: boolean;
    /** Known to managers only. */
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
  /** What is wanted; `manager` below is what is. */
  readonly role: "manager" | "worker";
  readonly availability: "active" | "pause" | "drain";
  /** It bears our mark: it was drained by `setDrained`, and not by a person's hand. */
  readonly drained: boolean;
  readonly state: "ready" | "down" | "unknown" | "disconnected";
  /** Present while the node is in the swarm's raft, and only then. */
  readonly manager: { readonly leader: boolean; readonly reachable: boolean; readonly address: string } | undefined;
}

export interface JoinOptions {
  /** host:port of managers, tried in turn; each that does not answer costs 10 s. */
  readonly remotes: readonly string[];
  readonly token: string;
  readonly advertiseAddress: string;
}

export interface Docker {
  info(): Promise<EngineInfo>;
  /** Makes this engine the first manager of a new swarm; returns its node id. */
  initSwarm(options: { advertiseAddress: string }): Promise<SwarmNodeId>;
  joinSwarm(options: JoinOptions): Promise<void>;
  leaveSwarm(options: { force: boolean }): Promise<void>;
  /** Managers only: the swarm's id and the token for workers. The manager token is not read. */
  inspectSwarm(): Promise<{ id: string; workerToken: string }>;
  /** Managers only; needs the swarm's quorum. */
  nodes(): Promise<SwarmNode[]>;
  /** Sets the wanted role. Re-reads the node's version and retries when it was out of sequence; no write when it is so already. */
  setRole(node: SwarmNodeId, role: "manager" | "worker"): Promise<void>;
  /**
   * Drains a node and marks it as drained by us, in one write; or takes that back: the mark, and the drain with it, to
   * what was before. A node that is drained already is not marked, and one that is not marked is left as it is. Re-reads
   * and retries as setRole does.
   */
  setDrained(node: SwarmNodeId, drained: boolean): Promise<void>;
  /** Managers only: how many tasks of services there have not ended, whatever is wanted of them. */
  tasksOn(node: SwarmNodeId): Promise<number>;
  removeNode(node: SwarmNodeId, options: { force: boolean }): Promise<void>;
  /** "Look again": one value per change of a node or of this daemon's connection, from subscription on; reconnects by itself, emits after each reconnect. */
  nodeEvents(): Observable<void>;
  /**
   * "Look again": one value whenever the managers have changed, or who leads them or can be reached, as this manager sees
   * it, or why it cannot see them; from the first look on. Within a second or so: docker has no event for it, and tells of
   * a dead node by one only 10 to 15 s later.
   */
  managerEvents(): Observable<void>;
  close(): void;
}

export type DockerErrorKind =
  | "unreachable" // no daemon at the socket; in a join also: none of the managers named answered
  | "timeout"
  | "not-a-manager"
  | "not-in-swarm"
  | "already-in-swarm"
  | "no-leader" // the swarm has no quorum: read-only mode
  | "leader-lost" // lost in mid-call: retry, but look first: what was written may be applied all the same
  | "last-manager"
  | "would-lose-quorum"
  | "not-in-raft" // can't find manager in raft memberlist: go on to rm
  | "must-be-demoted-first"
  | "not-down"
  | "not-found"
  | "out-of-sequence"
  | "join-pending" // the join goes on in the background: poll info
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

  /** Worth trying again as it is, later. */
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

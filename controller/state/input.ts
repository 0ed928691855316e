// Everything that a plan may depend on, as one plain value. Time is data; a failed observation carries its reason.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Member } from "../../drivers/etcd/port.ts";

/**
 * An observed value and its time, or why the observation failed and since when it has failed. Times are in milliseconds
 * since 1970.
 */
export type Observation<T> =
  | { readonly known: true; readonly at: number; readonly value: T }
  | {
      readonly known: false;
      /** One word for programs: `NoLeader`. */
      readonly reason: string;
      readonly why: string;
      readonly since: number;
    };

export interface SwarmState {
  readonly id: string;
  readonly workerToken: string;
  readonly nodes: readonly SwarmNode[];
  /** How many tasks have not ended, for the nodes that must be empty before their units change, and no others. */
  readonly tasks: ReadonlyMap<SwarmNodeId, number>;
}

export interface MemberState extends Member {
  /** It answered its own status call and has an etcd leader. */
  readonly healthy: boolean;
  readonly leader: boolean;
}

export interface EtcdState {
  readonly cluster: MemberId;
  readonly members: readonly MemberState[];
}

/** The keys of etcd that the planner reads, under the names of `ClusterKeys`, and what a round adds to them. */
export interface PlanInput
  extends Pick<
    ClusterKeys,
    | "registrations"
    | "statuses"
    | "assignments"
    | "cluster"
    | "operation"
    | "swarmRecord"
    | "workerToken"
    | "remediation"
    | "blocked"
    | "rollout"
    | "revisions"
  > {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The node on which the planning controller runs. */
  readonly self: NodeId;
  readonly spec: Spec;
  readonly swarm: Observation<SwarmState>;
  readonly etcd: Observation<EtcdState>;
  /**
   * Since when this controller has watched both rafts without a gap, under one swarm leader and with a clock that did
   * not jump, milliseconds since 1970. A machine that was unreachable earlier may have been reachable in between.
   */
  readonly watchedSince: number;
  /** The unbroken time of health of the nodes that the rollout has changed: its start, milliseconds since 1970. */
  readonly healthySince: ReadonlyMap<NodeId, number>;
}

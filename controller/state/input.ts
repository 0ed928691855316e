// Everything that a plan may depend on, as one plain value. Time is data; what could not be seen is said to be unknown.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Member } from "../../drivers/etcd/port.ts";

/** What was seen and when (milliseconds since 1970), or why it could not be seen, and since when it could not. */
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
  /** How many tasks have not ended on a node; of those alone that are to be empty before their units change. */
  readonly tasks: ReadonlyMap<SwarmNodeId, number>;
}

export interface MemberState extends Member {
  /** It answered its own status call and knows a leader. */
  readonly healthy: boolean;
  readonly leader: boolean;
}

export interface EtcdState {
  readonly cluster: MemberId;
  readonly members: readonly MemberState[];
}

/** What the planner reads of etcd, under the names of `ClusterKeys`, and what a round adds to it. */
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
  /** The host on which the planning controller runs. */
  readonly self: NodeId;
  readonly spec: Spec;
  readonly swarm: Observation<SwarmState>;
  readonly etcd: Observation<EtcdState>;
  /**
   * Since when this controller has watched both rafts without a gap, under one swarm leader and by a clock that did not
   * jump (milliseconds since 1970): who was missed before that may have been back in between.
   */
  readonly watchedSince: number;
  /** Of hosts on the rollout's account: since when they have been well without a break, milliseconds since 1970. */
  readonly healthySince: ReadonlyMap<NodeId, number>;
}

// The actions of a plan. Every action is fully decided: executors choose nothing.

import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type {
  BlockedManagers,
  Operation,
  Remediation,
  SwarmRecord,
} from "../../crd-like-specs/resources/membership.ts";
import type { Revision, Rollout } from "../../crd-like-specs/resources/rollout.ts";

/** A new revision, with the texts that must be stored for it, and the revisions and texts that are no longer used. */
export interface NewRevision {
  readonly revision: Revision;
  /** By hash. */
  readonly texts: Readonly<Record<string, string>>;
  readonly drop: { readonly revisions: readonly number[]; readonly texts: readonly string[] };
  /** Human-readable: the difference to the previous revision. */
  readonly change: string;
}

export type Action =
  /** Journals an operation before its first step, and again when it changes (a member id, a roll-back). */
  | { readonly type: "record-operation"; readonly operation: Operation }
  | {
      readonly type: "end-operation";
      readonly operation: Operation;
      readonly outcome: "done" | "rolled back" | "cancelled";
      /** The failures including this one, where the outcome is a failure. */
      readonly remediation?: Remediation;
    }
  | { readonly type: "write-assignment"; readonly node: NodeId; readonly name: string; readonly assignment: Assignment }
  /** The nodes in flight, updated and failed. Written before any assignment that follows from it. */
  | {
      readonly type: "write-rollout";
      readonly rollout: Rollout;
      readonly fresh?: NewRevision;
      readonly events: readonly NewEvent[];
    }
  | { readonly type: "write-swarm-record"; readonly record: SwarmRecord }
  | { readonly type: "write-worker-token"; readonly token: string }
  | { readonly type: "write-blocked-managers"; readonly blocked: BlockedManagers }
  | {
      readonly type: "etcd-add-learner";
      readonly name: string;
      readonly peerUrl: string;
      readonly operation: Operation;
    }
  | { readonly type: "etcd-promote"; readonly name: string; readonly member: MemberId }
  | { readonly type: "etcd-remove"; readonly name: string; readonly member: MemberId }
  | {
      readonly type: "etcd-move-leader";
      readonly name: string;
      readonly from: MemberId;
      readonly fromEndpoint: string;
      readonly to: MemberId;
    }
  | { readonly type: "swarm-promote"; readonly name: string; readonly swarmNode: SwarmNodeId }
  | { readonly type: "swarm-demote"; readonly name: string; readonly swarmNode: SwarmNodeId }
  | {
      readonly type: "swarm-remove-node";
      readonly name: string;
      readonly swarmNode: SwarmNodeId;
      /** Human-readable, after the name: "which has left". */
      readonly why: string;
      /** Also while the swarm does not report it down: it is dead, or must join again, and has no vote. */
      readonly force: boolean;
    }
  /** Drains a node and marks the drain as swarmkeeper's, or ends a drain with that mark. */
  | {
      readonly type: "swarm-set-drained";
      readonly name: string;
      readonly swarmNode: SwarmNodeId;
      readonly drained: boolean;
      readonly topic: "node" | "units";
      /** Human-readable: what requests the drain, or why it ends. */
      readonly why: string;
    }
  /** Gives up the leadership, so that another manager's controller leads. */
  | { readonly type: "resign"; readonly why: string };

/**
 * The actions that change the voters of etcd or the swarm: one a round, and only as part of the operation in progress.
 */
const MEMBERSHIP_ACTIONS = [
  "etcd-add-learner",
  "etcd-promote",
  "etcd-remove",
  "swarm-promote",
  "swarm-demote",
] as const satisfies readonly Action["type"][];

/** Whether the action changes the voters of a raft. */
export const isMembershipAction = (action: Action): boolean =>
  (MEMBERSHIP_ACTIONS as readonly Action["type"][]).includes(action.type);

// What a plan can ask for. Every action is fully decided: executors look nothing up and choose nothing.

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

/** A revision to be written, with the texts that etcd is to hold for it, and what is of no more use. */
export interface NewRevision {
  readonly revision: Revision;
  /** By hash. */
  readonly texts: Readonly<Record<string, string>>;
  readonly drop: { readonly revisions: readonly number[]; readonly texts: readonly string[] };
  /** In words: what is new against the one before. */
  readonly change: string;
}

export type Action =
  /** Journals an operation before its first step, and again as it learns (member id, undo). */
  | { readonly type: "record-operation"; readonly operation: Operation }
  | {
      readonly type: "end-operation";
      readonly operation: Operation;
      readonly outcome: "done" | "rolled back" | "cancelled";
      /** The failures so far, where this end is one more. */
      readonly remediation?: Remediation;
    }
  | { readonly type: "write-assignment"; readonly node: NodeId; readonly name: string; readonly assignment: Assignment }
  /** Who is changed, proven or failed; before any assignment that follows from it. */
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
      /** In words that follow the name: "which has left". */
      readonly why: string;
      /** Also while the swarm does not call it down: it was judged dead, or is to join anew, and has no vote. */
      readonly force: boolean;
    }
  /** Drains a node with our mark, or takes our own drain back. */
  | {
      readonly type: "swarm-set-drained";
      readonly name: string;
      readonly swarmNode: SwarmNodeId;
      readonly drained: boolean;
      readonly topic: "node" | "units";
      /** In words: who asks for it. */
      readonly why: string;
    }
  /** Lets another manager's controller lead, because this host is to be changed. */
  | { readonly type: "resign"; readonly why: string };

/** Changes of who votes, in etcd or in the swarm: one a round, and only within the operation in flight. */
export const MEMBERSHIP_ACTIONS = [
  "etcd-add-learner",
  "etcd-promote",
  "etcd-remove",
  "swarm-promote",
  "swarm-demote",
] as const satisfies readonly Action["type"][];

export const isMembershipAction = (action: Action): boolean =>
  (MEMBERSHIP_ACTIONS as readonly Action["type"][]).includes(action.type);

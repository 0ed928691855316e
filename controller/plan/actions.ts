// What a plan can ask for. Every action is fully decided: executors look nothing up and choose nothing.
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/ids.ts";
import type { Assignment, Operation, Remediation, Shunned, SwarmRecord } from "../../crd-like-specs/resources.ts";

export type Action =
  /** Journals an operation before its first step, and again as it learns (member id, undo). */
  | { readonly type: "record-operation"; readonly operation: Operation }
  | {
      readonly type: "end-operation";
      readonly operation: Operation;
      readonly outcome: "done" | "given back" | "called off";
      /** The failures so far, where this end is one more. */
      readonly remediation?: Remediation;
    }
  | { readonly type: "write-assignment"; readonly node: NodeId; readonly name: string; readonly assignment: Assignment }
  | { readonly type: "write-swarm-record"; readonly record: SwarmRecord }
  | { readonly type: "write-worker-token"; readonly token: string }
  | { readonly type: "write-shunned"; readonly shunned: Shunned }
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
      /** Also while the swarm does not yet call it down: it was judged dead, and its votes are gone. */
      readonly force: boolean;
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

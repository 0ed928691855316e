// Plans the steps from the node as it is to its assignment. Pure. Each step is idempotent, so that a new plan after a
// crash continues where the last one stopped.

import type { Assignment, EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { Explanation, StatusReason } from "../host/explanation.ts";
import { ETCD_DATA, type EtcdOnDisk } from "../host/state.ts";

/** The node as it is. */
export interface CurrentNode {
  /** The name of this node as an etcd member. */
  readonly address: string;
  readonly peerUrl: string;
  readonly etcd: EtcdOnDisk | undefined;
  readonly dataIsThere: boolean;
  /** This node's etcd was healthy at the last observation. */
  readonly etcdAnswers: boolean;
  /** The client URLs in use. */
  readonly endpoints: readonly string[];
}

export type Step =
  | { do: "use-endpoints"; endpoints: readonly string[] }
  /** The units that are dropped or changed, while their files are still the old ones. */
  | { do: "stop-units"; assignment: Assignment }
  | { do: "become-member"; member: MemberId; initialCluster: readonly EtcdPeer[] }
  /** Only after a quorum without them has listed none of `removed` as a member. */
  | { do: "leave-etcd"; removed: readonly MemberId[]; endpoints: readonly string[] }
  | { do: "proxy-to"; endpoints: readonly string[] }
  /** Start the etcd of the state on disk, if it does not run. */
  | { do: "ensure-etcd" }
  | { do: "run-units"; assignment: Assignment };

export interface AssignmentPlan {
  readonly steps: readonly Step[];
  /** Why the etcd of the assignment is impossible. The other steps are carried out. */
  readonly problem: Explanation | undefined;
}

/** The steps to the assignment, in order. */
export function planAssignment(node: CurrentNode, assignment: Assignment): AssignmentPlan {
  const { endpoints } = assignment.etcd;
  const etcd = planEtcd(node, assignment.etcd);
  const connect: Step[] =
    endpoints.length > 0 && !same(node.endpoints, endpoints) ? [{ do: "use-endpoints", endpoints }] : [];
  const run: Step = { do: "run-units", assignment };
  const stays = node.etcdAnswers && etcd.steps.every(step => step.do === "ensure-etcd");
  return {
    steps: stays
      ? [...connect, run, ...etcd.steps] // units do not wait for a check of a healthy etcd
      : // Dropped units stop first: a controller that is dropped must not run while the node's etcd changes.
        [...connect, { do: "stop-units", assignment }, ...etcd.steps, run],
    problem: etcd.problem,
  };
}

function planEtcd(node: CurrentNode, wanted: Assignment["etcd"]): { steps: Step[]; problem: Explanation | undefined } {
  return wanted.mode === "member" ? planMember(node, wanted) : planProxy(node, wanted);
}

type Wanted<Mode extends "member" | "proxy"> = Extract<Assignment["etcd"], { mode: Mode }>;

function planMember(node: CurrentNode, wanted: Wanted<"member">) {
  const { etcd } = node;
  if (etcd?.mode === "member") {
    if (etcd.member === wanted.member || etcd.member === undefined) return done({ do: "ensure-etcd" });
    return impossible(
      "EtcdMemberDiffers",
      `this node is etcd member ${etcd.member} and is assigned to be ${wanted.member}; the agent keeps its data ` +
        "until an assignment lists the old member as removed",
    );
  }
  if (node.dataIsThere) {
    return impossible(
      "EtcdDataUnknown",
      `${ETCD_DATA} holds the data of another etcd member and cannot take member ${wanted.member}; ` +
        "move it away if you do not need it",
    );
  }
  if (!wanted.initialCluster.some(peer => peer.peerUrl === node.peerUrl)) {
    const listed = wanted.initialCluster.map(peer => peer.peerUrl).join(", ");
    return impossible(
      "EtcdMemberNotListed",
      `the assigned etcd members do not include this node (${node.peerUrl}): ${listed}`,
    );
  }
  // etcd finds itself in the list by its name. That is the address, under any name that the controller uses.
  const initialCluster = wanted.initialCluster.map(peer =>
    peer.peerUrl === node.peerUrl ? { name: node.address, peerUrl: peer.peerUrl } : peer,
  );
  return done({ do: "become-member", member: wanted.member, initialCluster });
}

function planProxy(node: CurrentNode, wanted: Wanted<"proxy">) {
  const { etcd } = node;
  if (wanted.endpoints.length === 0)
    return impossible("EtcdEndpointsMissing", "the assignment names no etcd endpoints for the proxy");
  if (etcd?.mode !== "member") {
    const unchanged = etcd !== undefined && same(etcd.endpoints, wanted.endpoints);
    return done(unchanged ? { do: "ensure-etcd" } : { do: "proxy-to", endpoints: wanted.endpoints });
  }
  if (wanted.removed === undefined) {
    return impossible(
      "EtcdRemovalNotAssigned",
      `this node is etcd member ${etcd.member ?? "(id not yet known)"}; it becomes a proxy only when the assignment ` +
        "lists it as removed",
    );
  }
  const own = etcd.member === undefined ? [] : [etcd.member];
  const removed = [...new Set([wanted.removed, ...own])];
  return done({ do: "leave-etcd", removed, endpoints: wanted.endpoints });
}

const done = (step: Step) => ({ steps: [step], problem: undefined });
const impossible = (reason: StatusReason, text: string) => ({
  steps: [{ do: "ensure-etcd" } as const],
  problem: { reason, text },
});

const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

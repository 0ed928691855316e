// From what this host is and what it is assigned to the steps in between: pure, and each step idempotent, so that
// after a crash the same plan, made again, goes on where the last one stopped.

import type { Assignment, EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import { ETCD_DATA, type EtcdOnDisk } from "../host/state.ts";

export interface HostView {
  /** Peer URL and name of this host as an etcd member. */
  readonly address: string;
  readonly peerUrl: string;
  readonly etcd: EtcdOnDisk | undefined;
  readonly dataIsThere: boolean;
  /** This host's etcd answered when it was looked at last. */
  readonly etcdAnswers: boolean;
  /** The client URLs in use. */
  readonly endpoints: readonly string[];
}

export type Step =
  | { do: "use-endpoints"; endpoints: readonly string[] }
  /** Those that go or change, while their files are still the old ones. */
  | { do: "stop-units"; assignment: Assignment }
  | { do: "become-member"; member: MemberId; initialCluster: readonly EtcdPeer[] }
  /** Only after a quorum without them has said that none of `removed` is a member. */
  | { do: "leave-etcd"; removed: readonly MemberId[]; endpoints: readonly string[] }
  | { do: "proxy-to"; endpoints: readonly string[] }
  /** Start what the disk says, where it does not run. */
  | { do: "ensure-etcd" }
  | { do: "run-units"; assignment: Assignment };

export interface AssignmentPlan {
  readonly steps: readonly Step[];
  /** What of the assignment cannot be done, and why; the rest is done all the same. */
  readonly problem: string | undefined;
}

export function planAssignment(host: HostView, assignment: Assignment): AssignmentPlan {
  const { endpoints } = assignment.etcd;
  const etcd = planEtcd(host, assignment.etcd);
  const turn: Step[] =
    endpoints.length > 0 && !same(host.endpoints, endpoints) ? [{ do: "use-endpoints", endpoints }] : [];
  const run: Step = { do: "run-units", assignment };
  const stays = host.etcdAnswers && etcd.steps.every(step => step.do === "ensure-etcd");
  return {
    steps: stays
      ? [...turn, run, ...etcd.steps] // units do not wait for a look at what is well
      : // First those that go: a controller that is no longer wanted shall not watch its host being taken apart.
        [...turn, { do: "stop-units", assignment }, ...etcd.steps, run],
    problem: etcd.problem,
  };
}

function planEtcd(host: HostView, wanted: Assignment["etcd"]): { steps: Step[]; problem: string | undefined } {
  return wanted.mode === "member" ? towardsMember(host, wanted) : towardsProxy(host, wanted);
}

type Wanted<Mode extends "member" | "proxy"> = Extract<Assignment["etcd"], { mode: Mode }>;

function towardsMember(host: HostView, wanted: Wanted<"member">) {
  const { etcd } = host;
  if (etcd?.mode === "member") {
    if (etcd.member === wanted.member || etcd.member === undefined) return done({ do: "ensure-etcd" });
    return impossible(
      `this host is etcd member ${etcd.member} and is assigned to be ${wanted.member}; its data is not thrown away ` +
        "before an assignment says that the old member is removed",
    );
  }
  if (host.dataIsThere) {
    return impossible(
      `${ETCD_DATA} holds the data of another etcd member and cannot take member ${wanted.member}; ` +
        "move it away if it is not needed",
    );
  }
  if (!wanted.initialCluster.some(peer => peer.peerUrl === host.peerUrl)) {
    const listed = wanted.initialCluster.map(peer => peer.peerUrl).join(", ");
    return impossible(`the assigned etcd members do not include this host (${host.peerUrl}): ${listed}`);
  }
  // etcd finds itself in the list by its name, which is the address whatever the controller called it.
  const initialCluster = wanted.initialCluster.map(peer =>
    peer.peerUrl === host.peerUrl ? { name: host.address, peerUrl: peer.peerUrl } : peer,
  );
  return done({ do: "become-member", member: wanted.member, initialCluster });
}

function towardsProxy(host: HostView, wanted: Wanted<"proxy">) {
  const { etcd } = host;
  if (wanted.endpoints.length === 0) return impossible("the assignment names no etcd endpoints for the proxy");
  if (etcd?.mode !== "member") {
    const unchanged = etcd !== undefined && same(etcd.endpoints, wanted.endpoints);
    return done(unchanged ? { do: "ensure-etcd" } : { do: "proxy-to", endpoints: wanted.endpoints });
  }
  if (wanted.removed === undefined) {
    return impossible(
      `this host is etcd member ${etcd.member ?? "(id not yet known)"}; it becomes a proxy only when the assignment ` +
        "names it as removed",
    );
  }
  const own = etcd.member === undefined ? [] : [etcd.member];
  const removed = [...new Set([wanted.removed, ...own])];
  return done({ do: "leave-etcd", removed, endpoints: wanted.endpoints });
}

const done = (step: Step) => ({ steps: [step], problem: undefined });
const impossible = (problem: string) => ({ steps: [{ do: "ensure-etcd" } as const], problem });

const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

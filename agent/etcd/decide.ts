// Decides what etcd is on this node when its agent starts, from the state on disk and the answers of the peers. Pure.
// A member that has run before and starts with an empty data directory would break raft: any unclear case is rejected.

import type { EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { Explanation } from "../host/explanation.ts";
import { ETCD_DATA, type EtcdOnDisk, type MemberOnDisk } from "../host/state.ts";
import type { PeerAnswer } from "./peers.ts";

export interface EtcdView {
  readonly role: "manager" | "worker";
  readonly address: string;
  readonly peerUrl: string;
  readonly peerUrlOf: (address: string) => string;
  readonly onDisk: EtcdOnDisk | undefined;
  readonly dataIsThere: boolean;
  /** Addresses of the first members. */
  readonly first: readonly string[];
  /** Client URLs at which a node joins. */
  readonly endpoints: readonly string[];
  /** The answers of the other first members; empty when none of them runs yet. */
  readonly answers: readonly PeerAnswer[];
}

export type EtcdStart =
  | { do: "resume" }
  | { do: "found"; initialCluster: EtcdPeer[] }
  | { do: "proxy"; endpoints: string[] }
  | { do: "reject"; why: Explanation; endpoints: string[] };

type StartReason = "EtcdAddressChanged" | "EtcdClustersDiffer" | "EtcdDataLost" | "EtcdDataUnknown";

export function decideEtcdStart(view: EtcdView): EtcdStart {
  if (view.onDisk) return resume(view, view.onDisk);
  if (view.role === "worker" || !view.first.includes(view.address)) return join(view);
  return found(view);
}

function resume(view: EtcdView, onDisk: EtcdOnDisk): EtcdStart {
  if (onDisk.mode === "proxy") return { do: "resume" };
  if (onDisk.address !== view.address) {
    return reject(
      view,
      "EtcdAddressChanged",
      `this node was ${onDisk.address} when it became an etcd member and is ${view.address} now; ` +
        "give it its old address back, or have the member removed",
    );
  }
  if (view.dataIsThere) return { do: "resume" };
  const own = ownMember(view);
  return onDisk.started || own?.started ? lostData(view, own?.id ?? onDisk.member) : { do: "resume" };
}

function found(view: EtcdView): EtcdStart {
  const clusters = [...new Set(view.answers.map(answer => answer.cluster))];
  if (clusters.length > 1) {
    const each = view.answers.map(answer => `${answer.from} is in ${answer.cluster}`).join(", ");
    return reject(
      view,
      "EtcdClustersDiffer",
      `the first etcd members belong to different clusters: ${each}; reset those that are wrong`,
    );
  }
  if (view.dataIsThere) {
    const others = clusters.length === 0 ? "" : ` (the other members are in cluster ${clusters[0]})`;
    return reject(
      view,
      "EtcdDataUnknown",
      `${ETCD_DATA} holds the data of an etcd that this agent did not start${others}; ` +
        "move it away if you do not need it (the agent wipes no data without proof)",
    );
  }
  const own = ownMember(view);
  if (own?.started) return lostData(view, own.id);
  if (view.answers.length > 0 && !own) return join(view);
  const initialCluster = view.first.map(address => ({ name: address, peerUrl: view.peerUrlOf(address) }));
  return { do: "found", initialCluster };
}

function join(view: EtcdView): EtcdStart {
  return { do: "proxy", endpoints: reachable(view) };
}

function lostData(view: EtcdView, member: MemberId | undefined): EtcdStart {
  const id = member ?? "of this node";
  return reject(
    view,
    "EtcdDataLost",
    `${ETCD_DATA} is empty, but the etcd member ${id} (${view.peerUrl}) has run before: its data is lost; ` +
      `it must not start again and must be removed first (etcdctl member remove ${member ?? "ID"})`,
  );
}

function reject(view: EtcdView, reason: StartReason, text: string): EtcdStart {
  return { do: "reject", why: { reason, text }, endpoints: reachable(view) };
}

/**
 * This node's entry in the peers' lists. One list with the member as started is enough: a list can be old, but never
 * ahead of the cluster.
 */
function ownMember(view: EtcdView): { id: MemberId; started: boolean } | undefined {
  const entries = view.answers.flatMap(answer =>
    answer.members.filter(member => member.peerUrls.includes(view.peerUrl)),
  );
  const [entry] = entries;
  return entry && { id: entry.id, started: entries.some(one => one.clientUrls.length > 0) };
}

/** The client URLs in the peers' lists. Without any, those of the configuration. */
function reachable(view: EtcdView): string[] {
  const named = view.answers.flatMap(answer => answer.members.flatMap(member => member.clientUrls));
  return [...new Set(named.length > 0 ? named : view.endpoints)].sort();
}

/**
 * Why a running member is in the wrong cluster, as a sentence, or undefined. The ids differ when the data directory is
 * from another machine.
 */
export function clusterProblem(
  onDisk: MemberOnDisk,
  own: { cluster: MemberId; member: MemberId },
  others: readonly { endpoint: string; cluster: MemberId }[],
): string | undefined {
  const remedy = `stop it and put the right data into ${ETCD_DATA}, or have member ${own.member} removed`;
  if (onDisk.started && onDisk.cluster !== undefined && onDisk.cluster !== own.cluster) {
    return `${ETCD_DATA} holds the data of etcd cluster ${own.cluster}; this node was in ${onDisk.cluster}: ${remedy}`;
  }
  const differing = others.find(other => other.cluster !== own.cluster);
  if (!differing) return undefined;
  return `${ETCD_DATA} holds the data of etcd cluster ${own.cluster}; ${differing.endpoint} is in ${differing.cluster}: ${remedy}`;
}

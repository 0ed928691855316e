// The proof that must be had before a member's data is wiped, or a new one is started: the word of a quorum.
// Silence is no proof, and a removed member's own etcd is not asked.
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { MemberList } from "../../drivers/etcd/port.ts";
import type { Agent } from "../context.ts";
import { etcdUrls } from "../host/etcd-urls.ts";

/** Why the list does not prove the removal, or undefined when it does. Pure. */
export function removalUncertainty(
  list: MemberList,
  asked: { removed: readonly MemberId[]; peerUrl: string; cluster: MemberId | undefined },
): string | undefined {
  if (asked.cluster !== undefined && list.cluster !== asked.cluster) {
    return `the etcd asked is cluster ${list.cluster}, this host's data belongs to ${asked.cluster}`;
  }
  const still = list.members.find(
    member => asked.removed.includes(member.id) || member.peerUrls.includes(asked.peerUrl),
  );
  return still && `etcd still lists member ${still.id} (${still.peerUrls.join(", ")})`;
}

/** Why a member may not be started on an empty data directory, or undefined when it may. Pure. */
export function startUncertainty(list: MemberList, wanted: { member: MemberId; peerUrl: string }): string | undefined {
  const entry = list.members.find(member => member.id === wanted.member);
  if (!entry) return `etcd does not list member ${wanted.member}`;
  if (!entry.peerUrls.includes(wanted.peerUrl)) {
    return `etcd lists member ${wanted.member} at ${entry.peerUrls.join(", ")}, this host is ${wanted.peerUrl}`;
  }
  return entry.clientUrls.length === 0
    ? undefined
    : `etcd member ${wanted.member} has run before and its data is not here; it must be removed first`;
}

/** The members as a quorum sees them, asked through the others. EtcdError when no quorum answers. */
export async function askMembers(agent: Agent, endpoints: readonly string[]): Promise<MemberList> {
  const own = etcdUrls(agent.config.etcd).client(agent.self.address);
  const etcd = agent.connect(endpoints.filter(endpoint => endpoint !== own));
  try {
    return await etcd.membership.list();
  } finally {
    etcd.close();
  }
}

// The proof that is needed before a member's data is wiped or a new member is started: the member list of a quorum.
// A missing answer proves nothing, and the etcd of a removed member is not asked.
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { MemberList } from "../../drivers/etcd/port.ts";
import type { Agent } from "../context.ts";
import { etcdUrls } from "../host/etcd-urls.ts";

/** Why the list does not prove that the members are removed, as a sentence. Undefined when it does. Pure. */
export function removalUncertainty(
  list: MemberList,
  claim: { removed: readonly MemberId[]; peerUrl: string; cluster: MemberId | undefined },
): string | undefined {
  if (claim.cluster !== undefined && list.cluster !== claim.cluster) {
    return `the etcd that answers is cluster ${list.cluster}, but this node's data belongs to ${claim.cluster}`;
  }
  const still = list.members.find(
    member => claim.removed.includes(member.id) || member.peerUrls.includes(claim.peerUrl),
  );
  return still && `etcd still lists member ${still.id} (${still.peerUrls.join(", ")})`;
}

/** Why a member must not start on an empty data directory, as a sentence. Undefined when it may. Pure. */
export function startUncertainty(list: MemberList, wanted: { member: MemberId; peerUrl: string }): string | undefined {
  const entry = list.members.find(member => member.id === wanted.member);
  if (!entry) return `etcd does not list member ${wanted.member}`;
  if (!entry.peerUrls.includes(wanted.peerUrl)) {
    return `etcd lists member ${wanted.member} at ${entry.peerUrls.join(", ")}, but this node is ${wanted.peerUrl}`;
  }
  return entry.clientUrls.length === 0
    ? undefined
    : `etcd member ${wanted.member} has run before, and its data is not on this node; remove the member first`;
}

/** The member list of a quorum, read through the other members. EtcdError when no quorum answers. */
export async function askMembers(agent: Agent, endpoints: readonly string[]): Promise<MemberList> {
  const own = etcdUrls(agent.config.etcd).client(agent.self.address);
  const etcd = agent.connect(endpoints.filter(endpoint => endpoint !== own));
  try {
    return await etcd.membership.list();
  } finally {
    etcd.close();
  }
}

// etcd on a fake node: what the member unit does with the data on its disk, and what its peer port answers.
import { ETCD_DATA } from "../../../agent/host/state.ts";
import type { Systemd } from "../../../drivers/systemd/port.ts";
import type { FakeHost } from "../host/host.ts";
import { clientUrl, PROXY, peerUrl } from "../node-names.ts";
import type { FakeEtcd } from "./etcd.ts";
import type { MemberState } from "./members.ts";

/** Contains the id of the member that the data belong to. */
const WAL = `${ETCD_DATA}/member/wal`;

export const hasMemberData = (disk: FakeHost): boolean => disk.peek(WAL) !== undefined;

/** The member whose peer URL has this address. */
export function memberAt(etcd: FakeEtcd, address: string): Readonly<MemberState> | undefined {
  return etcd.state().find(member => member.peerUrl === peerUrl(address));
}

/**
 * Starts the member at this address and adds its id to `started`; it stops when `run` is aborted. On the data of
 * another member, also an earlier one of the same node, etcd does not start.
 */
export function startMember(
  { etcd, started }: { readonly etcd: FakeEtcd; readonly started: Set<string> },
  { disk, address }: { readonly disk: FakeHost; readonly address: string },
  run: AbortSignal,
): void {
  const data = disk.peek(WAL);
  const member = memberAt(etcd, address);
  if (data === undefined) void disk.write(WAL, member?.id ?? "");
  if (!member || (data ?? member.id) !== member.id) return;
  started.add(member.id);
  etcd.startMember(member.id, { name: address, clientUrl: clientUrl(address) });
  run.addEventListener("abort", () => {
    if (etcd.state().some(({ id }) => id === member.id)) etcd.stopMember(member.id);
  });
}

/** The client URL behind the node's 127.0.0.1: its own member, or any running one if the node's proxy is active. */
export async function loopbackUrl(
  etcd: FakeEtcd,
  { systemd, address }: { readonly systemd: Systemd; readonly address: string },
): Promise<string | undefined> {
  const [proxy] = await systemd.show([PROXY]);
  const running = etcd.state().find(member => member.up);
  return (proxy?.active === "active" ? running : memberAt(etcd, address))?.clientUrls[0];
}

/** What a peer port answers to `/members`: it knows which members have ever started. */
export function peerPortAnswer({ etcd, started }: { readonly etcd: FakeEtcd; readonly started: ReadonlySet<string> }) {
  const members = etcd.state().map(({ id, peerUrl: url, clientUrls }) => {
    const urls = JSON.stringify(started.has(id) ? clientUrls : []);
    return `{"id":${BigInt(`0x${id}`)},"peerURLs":["${url}"],"clientURLs":${urls}}`;
  });
  return { status: 200, body: `[${members.join()}]`, headers: { "x-etcd-cluster-id": etcd.cluster } };
}

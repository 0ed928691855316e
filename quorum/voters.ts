// Asks each etcd voter for its status: the only request that etcd answers without a quorum.
import type { ClusterStatus } from "../crd-like-specs/resources/cluster-status.ts";
import { hostOf } from "../crd-like-specs/urls.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import { probeEndpoint } from "./probe.ts";
import type { KnownVoter } from "./recovery.ts";

const PROBE_MS = 1_000;

interface ProbeDeps {
  readonly etcd: Pick<Etcd, "membership" | "endpoints">;
  readonly clock: Clock;
}

type Endpoint = Pick<KnownVoter, "name" | "address"> & { readonly url: string };

/** The voters in the report; without a report, the endpoints of this client. Never rejects. */
export function probeVoters(deps: ProbeDeps, report: ClusterStatus | undefined): Promise<KnownVoter[]> {
  return Promise.all(knownVoters(deps, report).map(voter => probe(deps, voter)));
}

function knownVoters({ etcd }: ProbeDeps, report: ClusterStatus | undefined): Endpoint[] {
  const urls = etcd.endpoints();
  const [first = "http://127.0.0.1:2379"] = urls;
  const clientUrl = (address: string) => `${new URL(first).protocol}//${address}:2379`;
  const reported = (report?.etcd.members ?? []).filter(({ learner, peerUrl }) => !learner && URL.canParse(peerUrl));
  return reported.length > 0
    ? reported.map(({ name, peerUrl }) => ({ name, address: hostOf(peerUrl), url: clientUrl(hostOf(peerUrl)) }))
    : urls.map(url => ({ name: hostOf(url), address: hostOf(url), url }));
}

async function probe({ etcd, clock }: ProbeDeps, { name, address, url }: Endpoint): Promise<KnownVoter> {
  const status = await probeEndpoint({ membership: etcd.membership, clock }, url, PROBE_MS);
  const raftIndex = status?.raftIndex ?? 0;
  return { name, address, answers: status !== undefined, hasLeader: status?.leader !== undefined, raftIndex };
}

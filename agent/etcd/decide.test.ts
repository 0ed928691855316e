import { describe, expect, it } from "vitest";
import { memberId } from "../../crd-like-specs/resources/ids.ts";
import type { StatusReason } from "../host/explanation.ts";
import type { MemberOnDisk } from "../host/state.ts";
import { clusterProblem, decideEtcdStart, type EtcdView } from "./decide.ts";
import type { PeerAnswer } from "./peers.ts";

const peerUrlOf = (address: string) => `http://${address}:2380`;
const first = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const clientUrls = first.map(address => `http://${address}:2379`);

const base: EtcdView = {
  role: "manager",
  address: "10.0.0.1",
  peerUrl: peerUrlOf("10.0.0.1"),
  peerUrlOf,
  onDisk: undefined,
  dataIsThere: false,
  first,
  endpoints: clientUrls,
  answers: [],
};
const decide = (view: Partial<EtcdView>) => decideEtcdStart({ ...base, ...view });

/** The answer of `from`: each member by address, started or not. */
function answer(from: string, members: Record<string, "started" | "not-yet">, cluster = "c1"): PeerAnswer {
  return {
    from,
    cluster: memberId(cluster),
    members: Object.entries(members).map(([address, state]) => ({
      id: memberId(`a${address.slice(-1)}`),
      peerUrls: [peerUrlOf(address)],
      clientUrls: state === "started" ? [`http://${address}:2379`] : [],
    })),
  };
}
const fresh = answer("10.0.0.2", { "10.0.0.1": "not-yet", "10.0.0.2": "not-yet", "10.0.0.3": "not-yet" });
const late = answer("10.0.0.2", { "10.0.0.1": "not-yet", "10.0.0.2": "started", "10.0.0.3": "started" });
const full = answer("10.0.0.2", { "10.0.0.1": "started", "10.0.0.2": "started", "10.0.0.3": "started" });
const without = answer("10.0.0.2", { "10.0.0.2": "started", "10.0.0.3": "started" });

const member: MemberOnDisk = {
  mode: "member",
  address: "10.0.0.1",
  initial: "new",
  initialCluster: [],
  started: true,
  member: memberId("a1"),
  cluster: memberId("c1"),
};
const found = {
  do: "found",
  initialCluster: first.map(address => ({ name: address, peerUrl: peerUrlOf(address) })),
};

const rejects = (reason: StatusReason, text: unknown = expect.any(String)) => ({ do: "reject", why: { reason, text } });

describe("the first start of a listed node", () => {
  it("founds the cluster when no peer answers, or when the first quorum needs this node", () => {
    expect(decide({})).toEqual(found);
    expect(decide({ answers: [fresh] })).toEqual(found);
    expect(decide({ answers: [late] })).toEqual(found);
  });
  it("does not start without its data as a member that has run before", () => {
    expect(decide({ answers: [full] })).toMatchObject(
      rejects("EtcdDataLost", expect.stringMatching(/member a1 .* has run before.*is lost/)),
    );
    // A peer that is behind does not know yet. One that knows is enough.
    expect(decide({ answers: [late, full] })).toMatchObject(rejects("EtcdDataLost"));
  });
  it("joins a cluster that runs without this node", () => {
    expect(decide({ answers: [without] })).toEqual({ do: "proxy", endpoints: clientUrls.slice(1) });
  });
  it("does not touch data that the agent did not make", () => {
    expect(decide({ dataIsThere: true })).toMatchObject(
      rejects("EtcdDataUnknown", expect.stringMatching(/\/var\/lib\/swarmkeeper\/etcd holds/)),
    );
    expect(decide({ dataIsThere: true, answers: [full] })).toMatchObject(
      rejects("EtcdDataUnknown", expect.stringMatching(/cluster c1/)),
    );
  });
  it("does not choose between two clusters", () => {
    const differing = answer("10.0.0.3", { "10.0.0.3": "started" }, "c2");
    expect(decide({ answers: [full, differing] })).toMatchObject(
      rejects("EtcdClustersDiffer", expect.stringMatching(/10\.0\.0\.2 is in c1, 10\.0\.0\.3 is in c2/)),
    );
  });
});

describe("the first start of any other node", () => {
  it("joins through a proxy as a worker, and as a manager that is not listed", () => {
    const proxy = { do: "proxy", endpoints: clientUrls };
    expect(decide({ role: "worker" })).toEqual(proxy);
    expect(decide({ role: "worker", answers: [full] })).toEqual(proxy);
    expect(decide({ address: "10.0.0.4", peerUrl: peerUrlOf("10.0.0.4") })).toEqual(proxy);
  });
});

describe("a later start", () => {
  it("resumes the role on disk without asking the peers", () => {
    expect(decide({ onDisk: { mode: "proxy", endpoints: [] } })).toEqual({ do: "resume" });
    expect(decide({ onDisk: member, dataIsThere: true })).toEqual({ do: "resume" });
    expect(decide({ onDisk: { ...member, started: false }, dataIsThere: true })).toEqual({ do: "resume" });
  });
  it("resumes a first start that a crash has interrupted", () => {
    const begun: MemberOnDisk = { ...member, started: false };
    expect(decide({ onDisk: begun })).toEqual({ do: "resume" });
    expect(decide({ onDisk: begun, answers: [late] })).toEqual({ do: "resume" });
    expect(decide({ onDisk: begun, answers: [full] })).toMatchObject(rejects("EtcdDataLost"));
  });
  it("does not start a member whose data is lost", () => {
    expect(decide({ onDisk: member })).toMatchObject(
      rejects("EtcdDataLost", expect.stringMatching(/etcdctl member remove a1/)),
    );
  });
  it("does not start a member at another address", () => {
    expect(decide({ onDisk: { ...member, address: "10.0.0.9" }, dataIsThere: true })).toMatchObject(
      rejects(
        "EtcdAddressChanged",
        expect.stringContaining("was 10.0.0.9 when it became an etcd member and is 10.0.0.1 now"),
      ),
    );
  });
});

describe("the cluster of a running member", () => {
  const own = { cluster: memberId("c1"), member: memberId("a1") };
  it("is right if it is the noted one and that of the other members", () => {
    expect(
      clusterProblem(member, own, [{ endpoint: "http://10.0.0.2:2379", cluster: memberId("c1") }]),
    ).toBeUndefined();
    expect(clusterProblem({ ...member, started: false }, own, [])).toBeUndefined();
  });
  it("is named next to the expected one if it is wrong", () => {
    const swapped = clusterProblem({ ...member, cluster: memberId("c0") }, own, []);
    expect(swapped).toMatch(/cluster c1; this node was in c0/);
    const split = clusterProblem(member, own, [{ endpoint: "http://10.0.0.2:2379", cluster: memberId("c2") }]);
    expect(split).toMatch(/cluster c1; http:\/\/10\.0\.0\.2:2379 is in c2/);
  });
});

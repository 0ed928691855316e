import { describe, expect, it } from "vitest";
import { memberId } from "../../crd-like-specs/resources/ids.ts";
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

/** What `from` says: each member by address, started or not. */
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

describe("the first start of a host on the list", () => {
  it("founds the cluster when nobody answers, or when it is missing for the first quorum", () => {
    expect(decide({})).toEqual(found);
    expect(decide({ answers: [fresh] })).toEqual(found);
    expect(decide({ answers: [late] })).toEqual(found);
  });
  it("does not start without its data as a member that has run before", () => {
    expect(decide({ answers: [full] })).toMatchObject({
      do: "reject",
      why: expect.stringMatching(/member a1 .* has run before.*is lost/),
    });
    // One that lags behind does not know yet; one that knows is enough.
    expect(decide({ answers: [late, full] })).toMatchObject({ do: "reject" });
  });
  it("joins a cluster that goes on without it", () => {
    expect(decide({ answers: [without] })).toEqual({ do: "proxy", endpoints: clientUrls.slice(1) });
  });
  it("does not touch data that it did not make", () => {
    expect(decide({ dataIsThere: true })).toMatchObject({
      do: "reject",
      why: expect.stringMatching(/\/var\/lib\/swarmkeeper\/etcd holds/),
    });
    expect(decide({ dataIsThere: true, answers: [full] })).toMatchObject({
      do: "reject",
      why: expect.stringMatching(/cluster c1/),
    });
  });
  it("does not choose between two clusters", () => {
    const foreign = answer("10.0.0.3", { "10.0.0.3": "started" }, "c2");
    expect(decide({ answers: [full, foreign] })).toMatchObject({
      do: "reject",
      why: expect.stringMatching(/10\.0\.0\.2 is in c1, 10\.0\.0\.3 is in c2/),
    });
  });
});

describe("the first start of any other host", () => {
  it("joins through a proxy: a worker, and a manager beyond the list", () => {
    const proxy = { do: "proxy", endpoints: clientUrls };
    expect(decide({ role: "worker" })).toEqual(proxy);
    expect(decide({ role: "worker", answers: [full] })).toEqual(proxy);
    expect(decide({ address: "10.0.0.4", peerUrl: peerUrlOf("10.0.0.4") })).toEqual(proxy);
  });
});

describe("a later start", () => {
  it("is what it was, without asking anyone", () => {
    expect(decide({ onDisk: { mode: "proxy", endpoints: [] } })).toEqual({ do: "resume" });
    expect(decide({ onDisk: member, dataIsThere: true })).toEqual({ do: "resume" });
    expect(decide({ onDisk: { ...member, started: false }, dataIsThere: true })).toEqual({ do: "resume" });
  });
  it("goes on with a first start that a crash has cut short", () => {
    const begun: MemberOnDisk = { ...member, started: false };
    expect(decide({ onDisk: begun })).toEqual({ do: "resume" });
    expect(decide({ onDisk: begun, answers: [late] })).toEqual({ do: "resume" });
    expect(decide({ onDisk: begun, answers: [full] })).toMatchObject({ do: "reject" });
  });
  it("does not start a member whose data is gone", () => {
    expect(decide({ onDisk: member })).toMatchObject({
      do: "reject",
      why: expect.stringMatching(/etcdctl member remove a1/),
    });
  });
  it("does not start a member at another address", () => {
    expect(decide({ onDisk: { ...member, address: "10.0.0.9" }, dataIsThere: true })).toMatchObject({
      do: "reject",
      why: expect.stringContaining("was 10.0.0.9 when it became an etcd member and is 10.0.0.1 now"),
    });
  });
});

describe("a running member", () => {
  const own = { cluster: memberId("c1"), member: memberId("a1") };
  it("is in the cluster that it was in, and that the others are in", () => {
    expect(
      clusterProblem(member, own, [{ endpoint: "http://10.0.0.2:2379", cluster: memberId("c1") }]),
    ).toBeUndefined();
    expect(clusterProblem({ ...member, started: false }, own, [])).toBeUndefined();
  });
  it("says both ids when it is not", () => {
    const swapped = clusterProblem({ ...member, cluster: memberId("c0") }, own, []);
    expect(swapped).toMatch(/cluster c1; this host was in c0/);
    const split = clusterProblem(member, own, [{ endpoint: "http://10.0.0.2:2379", cluster: memberId("c2") }]);
    expect(split).toMatch(/cluster c1; http:\/\/10\.0\.0\.2:2379 is in c2/);
  });
});

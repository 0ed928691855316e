import { describe, expect, it } from "vitest";
import { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { FakeHost } from "../../test/fakes/host/host.ts";
import { askPeers, findPeers, type Self } from "./peers.ts";

const config = (bootstrap: object, rest: object = {}) =>
  AgentConfig.parse({ role: "manager", etcd: { bootstrap, ...rest } }).etcd;
const self = (address: string, role: Self["role"] = "manager", id = "aaaaaaaaaaaa"): Self => ({
  id: nodeId(id),
  role,
  address,
});
const tls = { cert: "/c", key: "/k", ca: "/ca" };

describe("the bootstrap method static", () => {
  it("gives every node the same list, with addresses in place of names", async () => {
    const host = new FakeHost({ names: new Map([["m2.example", ["10.0.0.2"]]]) });
    const found = await findPeers(
      host,
      config({ method: "static", members: ["10.0.0.1", "m2.example"] }),
      self("10.0.0.1"),
    );
    expect(found).toEqual({
      first: ["10.0.0.1", "10.0.0.2"],
      endpoints: ["http://10.0.0.1:2379", "http://10.0.0.2:2379"],
    });
  });
});

describe("the bootstrap method none", () => {
  const none = (join: string[]) => config({ method: "none", join });
  it("lets the manager found a cluster by itself", async () => {
    expect(await findPeers(new FakeHost(), none([]), self("10.0.0.1"))).toMatchObject({ first: ["10.0.0.1"] });
    expect(await findPeers(new FakeHost(), none(["10.0.0.1"]), self("10.0.0.1"))).toMatchObject({
      first: ["10.0.0.1"],
    });
  });
  it("lets all other nodes join it, a second manager too", async () => {
    const joined = { first: [], endpoints: ["http://10.0.0.1:2379"] };
    expect(await findPeers(new FakeHost(), none(["10.0.0.1"]), self("10.0.0.2"))).toEqual(joined);
    expect(await findPeers(new FakeHost(), none(["10.0.0.1"]), self("10.0.0.2", "worker"))).toEqual(joined);
  });
  it("keeps a worker without a node to join waiting", async () => {
    await expect(findPeers(new FakeHost(), none([]), self("10.0.0.2", "worker"))).rejects.toThrow(/no node to join/);
  });
});

describe("the bootstrap method srv", () => {
  const host = new FakeHost({
    srv: new Map([
      ["_etcd-server._tcp.example", [{ host: "m1.example", port: 2380 }]],
      ["_etcd-server-ssl._tcp.example", [{ host: "10.0.0.5", port: 2380 }]],
      ["_etcd-client._tcp.example", [{ host: "m1.example", port: 12379 }]],
      ["_etcd-client-ssl._tcp.example", [{ host: "m1.example", port: 2379 }]],
    ]),
    names: new Map([["m1.example", ["10.0.0.1"]]]),
  });
  const srv = (rest?: object, domain = "example") => config({ method: "srv", domain }, rest);
  it("gives managers the first members and workers the endpoints to join", async () => {
    expect(await findPeers(host, srv(), self("10.0.0.1"))).toMatchObject({ first: ["10.0.0.1"] });
    expect(await findPeers(host, srv(), self("10.0.0.9", "worker"))).toEqual({
      first: [],
      endpoints: ["http://m1.example:12379"],
    });
  });
  it("reads other records with TLS", async () => {
    expect(await findPeers(host, srv({ peerTls: tls }), self("10.0.0.1"))).toMatchObject({ first: ["10.0.0.5"] });
    const worker = await findPeers(host, srv({ clientTls: tls }), self("10.0.0.9", "worker"));
    expect(worker.endpoints).toEqual(["https://m1.example:2379"]);
  });
  it("names the record that does not exist yet", async () => {
    await expect(findPeers(host, srv({}, "elsewhere"), self("10.0.0.1"))).rejects.toThrow(
      "DNS has no SRV record _etcd-server._tcp.elsewhere",
    );
  });
});

describe("the bootstrap method discovery", () => {
  /** A service of the v2 protocol with one token. */
  function service(size: string | undefined) {
    const entries: { key: string; value: string; createdIndex: number }[] = [];
    const answer: FakeHost["surroundings"]["answer"] = ({ method, url, form }) => {
      const path = new URL(url).pathname;
      const json = (status: number, body: object) => ({ status, body: JSON.stringify(body), headers: {} });
      if (method === "PUT") {
        const key = `/_etcd/registry${path}`;
        if (entries.some(entry => entry.key === key)) return json(412, { errorCode: 105 });
        entries.unshift({ key, value: form?.value ?? "", createdIndex: entries.length + 7 });
        return json(201, {});
      }
      if (path === "/token/_config/size") return size ? json(200, { node: { value: size } }) : json(404, {});
      return path === "/token" ? json(200, { node: entries.length > 0 ? { nodes: entries } : {} }) : json(404, {});
    };
    return answer;
  }
  const discovery = config({ method: "discovery", url: "http://discovery.example/token/" });
  const manager = (number: number) => self(`10.0.0.${number}`, "manager", `aaaaaaaaaaa${number}`);

  it("waits for as many managers as the token's size, in order; an additional one joins them", async () => {
    const host = new FakeHost({ answer: service("2") });
    await expect(findPeers(host, discovery, manager(1))).rejects.toThrow(/1 of 2 managers have entered/);
    await expect(findPeers(host, discovery, manager(1))).rejects.toThrow(/1 of 2/);
    const both = { first: ["10.0.0.1", "10.0.0.2"], endpoints: ["http://10.0.0.1:2379", "http://10.0.0.2:2379"] };
    expect(await findPeers(host, discovery, manager(2))).toEqual(both);
    expect(await findPeers(host, discovery, manager(1))).toEqual(both);
    expect(await findPeers(host, discovery, manager(3))).toEqual(both);
  });
  it("gives workers an endpoint as soon as one manager has entered", async () => {
    const host = new FakeHost({ answer: service("3") });
    await expect(findPeers(host, discovery, self("10.0.0.9", "worker"))).rejects.toThrow(/0 of 3/);
    await findPeers(host, discovery, manager(1)).catch(() => {});
    const found = await findPeers(host, discovery, self("10.0.0.9", "worker"));
    expect(found.endpoints).toEqual(["http://10.0.0.1:2379"]);
  });
  it("names what is wrong with the discovery service", async () => {
    const worker = self("10.0.0.9", "worker");
    const unsized = new FakeHost({ answer: service(undefined) });
    await expect(findPeers(unsized, discovery, worker)).rejects.toThrow(/it has no size; make a token with \?size=N/);
    await expect(findPeers(new FakeHost(), discovery, worker)).rejects.toThrow(/does not answer/);
    const web = new FakeHost({ answer: () => ({ status: 200, body: "<html>", headers: {} }) });
    await expect(findPeers(web, discovery, worker)).rejects.toThrow(/not answer in the v2 discovery protocol/);
  });
});

describe("askPeers", () => {
  const plain = config({ method: "none", join: [] });
  it("returns full 64-bit ids and the started members, without nodes that do not answer", async () => {
    const body =
      '[{"id":3129297065709407208,"peerURLs":["http://10.0.0.1:2380"],"name":"a","clientURLs":["http://10.0.0.1:2379"]},' +
      '{"id":17937564989620461938,"peerURLs":["http://10.0.0.2:2380"],"name":"b"}]';
    const host = new FakeHost({
      answer: ({ url }) => {
        if (url !== "http://10.0.0.1:2380/members") throw new Error("ECONNREFUSED");
        return { status: 200, body, headers: { "x-etcd-cluster-id": "755bfa6e6e82cda4" } };
      },
    });
    expect(await askPeers(host, plain, ["10.0.0.1", "10.0.0.2"])).toEqual([
      {
        from: "10.0.0.1",
        cluster: "755bfa6e6e82cda4",
        members: [
          { id: "2b6d7f19fe480be8", peerUrls: ["http://10.0.0.1:2380"], clientUrls: ["http://10.0.0.1:2379"] },
          { id: "f8ef08521dcfa172", peerUrls: ["http://10.0.0.2:2380"], clientUrls: [] },
        ],
      },
    ]);
  });
  it("accepts no other answer of a peer port", async () => {
    const answers = [
      { status: 404, body: "", headers: {} },
      { status: 200, body: "[]", headers: {} },
      { status: 200, body: "<html>", headers: { "x-etcd-cluster-id": "c1" } },
    ];
    for (const answer of answers) {
      expect(await askPeers(new FakeHost({ answer: () => answer }), plain, ["10.0.0.1"])).toEqual([]);
    }
  });
});

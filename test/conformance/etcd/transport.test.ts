// Tests of the real driver only: servers that are dead in different ways, certificates, and a change of endpoints under
// load.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openSession } from "../../../coordination/session.ts";
import { systemClock as clock } from "../../../drivers/clock/real.ts";
import type { Etcd } from "../../../drivers/etcd/port.ts";
import { connectEtcd } from "../../../drivers/etcd/real.ts";
import { ownAddress } from "../../fixtures/loopback.ts";
import { eventually } from "../eventually.ts";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";
import { CLIENT_PORT, type RealCluster, startCluster } from "./server.ts";
import { put } from "./suite.ts";

const run = promisify(execFile);
const open: { close(): unknown }[] = [];
const closing = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const answers = (etcd: Etcd) =>
  etcd.kv.get("/").then(
    () => true,
    () => false,
  );

describe("the etcd driver's transport", { timeout: 60_000 }, () => {
  let cluster: RealCluster;
  let address: string;

  beforeAll(async () => {
    cluster = await startCluster("3.5", 1);
    address = cluster.members[0]?.address ?? "";
    const etcd = closing(connectEtcd({ endpoints: [`http://${address}:${CLIENT_PORT}`], clock }));
    await eventually(clock, "etcd to answer", 20_000, () => answers(etcd));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(open.map(each => each.close()));
    await cluster.stop();
  });

  const proxy = async (): Promise<FaultProxy> => closing(await faultProxy(address, CLIENT_PORT));
  const at = (...proxies: FaultProxy[]) => proxies.map(each => `http://${each.address}:${CLIENT_PORT}`);
  /** A client, and the messages of calls that a server has failed. */
  const noting = (endpoints: readonly string[]) => {
    const failures: string[] = [];
    const etcd = closing(connectEtcd({ endpoints, clock, log: message => failures.push(message) }));
    return { etcd, failures };
  };

  it("asks another server at once if one refuses connections and one is silent, also for writes", async () => {
    const [mute, sound] = [await proxy(), await proxy()];
    mute.blackhole();
    const { etcd, failures } = noting(["http://127.0.0.1:1", ...at(mute, sound)]);
    // At once: no timer ends meanwhile, so nothing can have waited for one.
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date", "performance"] });
    try {
      await put(etcd, "/transport/a");
      expect(await etcd.kv.get("/transport/a")).toBeDefined();
    } finally {
      vi.useRealTimers();
    }
    expect(failures).toEqual([]);
  });

  it("leaves a server that becomes silent after the timeout of one read, and does not return soon", async () => {
    const [first, second] = [await proxy(), await proxy()];
    const { etcd, failures } = noting(at(first));
    await etcd.kv.get("/");
    etcd.setEndpoints(at(first, second));
    await etcd.kv.get("/"); // still on the first server, because it answers
    first.blackhole();
    await etcd.kv.get("/");
    const leaving = [expect.stringContaining(first.address)];
    expect(failures).toEqual(leaving);
    await etcd.kv.get("/");
    expect(failures).toEqual(leaving);
  });

  it("reconnects if its only server becomes silent, in time to keep a session", async () => {
    const gateway = await proxy();
    const { etcd, failures } = noting(at(gateway));
    const session = await openSession({ leases: etcd.leases, clock, ttlSeconds: 5 });
    gateway.stall();
    await etcd.kv.get("/");
    expect(failures).not.toEqual([]);
    await clock.sleep(4_000);
    expect(session.alive()).toBe(true);
    await session.close();
  });

  it("finishes pending requests when the endpoints change", async () => {
    const [first, second] = [await proxy(), await proxy()];
    const etcd = closing(connectEtcd({ endpoints: at(first), clock }));
    await etcd.kv.get("/");
    const underWay = Array.from({ length: 50 }, (_, i) => put(etcd, `/transport/under-way/${i}`));
    etcd.setEndpoints(at(second));
    const results = await Promise.all(underWay);
    expect(results.every(result => result.succeeded)).toBe(true);
    first.refuse();
    expect(await answers(etcd)).toBe(true);
  });

  it("reports for each server why there is no connection", async () => {
    const etcd = closing(connectEtcd({ endpoints: ["http://127.0.0.1:2", "http://no-such-host.invalid:2379"], clock }));
    const error = await etcd.kv.get("/").catch(caught => caught);
    expect(error).toMatchObject({ kind: "unavailable", maybeApplied: false });
    expect(error.message).toMatch(
      /http:\/\/127\.0\.0\.1:2 \(.*ECONNREFUSED.*\), http:\/\/no-such-host\.invalid:2379 \(.+\)/,
    );
  });

  describe("the etcd driver with certificates", () => {
    let folder: string;
    let secure: RealCluster;
    const pem = async (name: string) => readFile(join(folder, name), "utf8");

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "swarmkeeper-tls-"));
      const address = ownAddress();
      await makeCertificates(folder, address);
      secure = await startCluster("3.5", 1, {
        scheme: "https",
        address,
        flags: {
          "cert-file": join(folder, "server.crt"),
          "key-file": join(folder, "server.key"),
          "trusted-ca-file": join(folder, "ca.crt"),
          "client-cert-auth": "true",
        },
      });
    }, 120_000);
    afterAll(async () => {
      await secure.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it("connects to etcd over mutual TLS", async () => {
      const tls = { ca: await pem("ca.crt"), cert: await pem("client.crt"), key: await pem("client.key") };
      const endpoints = secure.members.map(member => member.clientUrl);
      const etcd = closing(connectEtcd({ endpoints, tls, clock }));
      await eventually(clock, "etcd to answer", 20_000, () => answers(etcd));
      expect((await put(etcd, "/secure")).succeeded).toBe(true);
      expect((await etcd.membership.list()).members).toHaveLength(1);
    });

    it("reports that the server's certificate is not trusted", async () => {
      const tls = { ca: await pem("other.crt"), cert: await pem("client.crt"), key: await pem("client.key") };
      const endpoints = secure.members.map(member => member.clientUrl);
      const etcd = closing(connectEtcd({ endpoints, tls, clock }));
      const error = await etcd.kv.get("/").catch(caught => caught);
      expect(error).toMatchObject({ kind: "unavailable" });
      expect(error.message).toMatch(/certificate|issuer/i);
    });
  });
});

/**
 * Writes ca.crt, server.{crt,key} for `address` and client.{crt,key}, both signed by it, and other.crt, an unrelated
 * CA.
 */
async function makeCertificates(folder: string, address: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  for (const ca of ["ca", "other"]) {
    const files = ["-keyout", `${ca}.key`, "-out", `${ca}.crt`];
    await openssl("req", "-x509", ...key, ...files, "-subj", `/CN=${ca}`, "-days", "1");
  }
  await writeFile(join(folder, "names"), `subjectAltName=IP:${address}\n`);
  for (const name of ["server", "client"]) {
    await openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const sign = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "names"];
    await openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...sign);
  }
}

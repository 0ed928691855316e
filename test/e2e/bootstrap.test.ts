// The other ways to bootstrap, each in its own small lab: one manager, discovery, DNS, certificates, and etcd from an
// image. The scenarios of the suites boot from a list of addresses, which is the usual way.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../fixtures/certificates.ts";
import { etcdBinary } from "../fixtures/etcd/build.ts";
import { etcdImage } from "../fixtures/etcd/image.ts";
import { waitForCluster } from "../lab/commands/cluster.ts";
import { serverAddress } from "../lab/engine/network.ts";
import { waitFor } from "../lab/wait.ts";
import { put, rafts, status, untilManagers, untilReady } from "./swarm.ts";
import { type Booted, booted, stopEngine } from "./variant.ts";

afterAll(async () => {
  if (process.env.KEEP_LAB !== "1") await stopEngine();
});

/** Expects that both rafts consist of exactly these hosts. */
async function expectManagers(variant: Booted, managers: readonly string[]): Promise<void> {
  const seen = await rafts(variant.lab(), variant.host("h1"));
  const nodes = variant.hosts().length;
  expect(seen).toMatchObject({ managers, voters: managers, members: managers.length, nodes });
  expect(seen.ready).toHaveLength(nodes);
}

describe("one manager, which all others join (etcd-bootstrap: none)", () => {
  const variant = booted({
    name: "e2e-none",
    managers: 1,
    workers: 2,
    params: ({ address }) => ({ "etcd-bootstrap": "none", "etcd-join": [address(1)] }),
  });

  it("one manager and two workers become a cluster", async () => {
    await waitForCluster(variant.hosts());
    await expectManagers(variant, ["h1"]);
  });

  it("a cluster of one manager promotes its workers", async () => {
    await put(variant.host("h3"), "managers", "3");
    await untilManagers(variant.lab(), variant.host("h1"), 3);
    await untilReady(variant.host("h3"));
  });
});

describe("a discovery service (etcd-bootstrap: discovery)", () => {
  const variant = booted({
    name: "e2e-discovery",
    managers: 3,
    workers: 1,
    params: async ({ lab, server, startService }) => {
      await startService("/opt/swarmkeeper/bin/swarmkeeper discovery --listen 0.0.0.0:2381");
      const token = await waitFor("a discovery token", 10_000, async () => {
        const { code, stdout } = await lab.onServer(`curl -fsS 'http://${server}:2381/new?size=3'`);
        return code === 0 ? stdout : undefined;
      });
      return { "etcd-bootstrap": "discovery", "etcd-discovery-url": token };
    },
  });

  it("three managers find each other through swarmkeeper's own discovery service", async () => {
    await waitForCluster(variant.hosts());
    await expectManagers(variant, ["h1", "h2", "h3"]);
  });
});

describe("SRV records (etcd-bootstrap: srv)", () => {
  const variant = booted({
    name: "e2e-srv",
    managers: 3,
    workers: 1,
    params: async ({ lab, address, startService }) => {
      const zone = {
        "_etcd-server._tcp.lab.test": ["m1.lab.test:2380", "m2.lab.test:2380", "m3.lab.test:2380"],
        "_etcd-client._tcp.lab.test": ["m1.lab.test:2379", "m2.lab.test:2379", "m3.lab.test:2379"],
        "m1.lab.test": [address(1)],
        "m2.lab.test": [address(2)],
        "m3.lab.test": [address(3)],
      };
      await lab.publish("dns.ts", await readFile(path.join(import.meta.dirname, "../fixtures/dns.ts")));
      await startService(`/opt/swarmkeeper/lib/node /srv/dns.ts 53 '${JSON.stringify(zone)}'`);
      return { "etcd-bootstrap": "srv", "etcd-discovery-srv": "lab.test" };
    },
    machine: ({ server }) => [`echo nameserver ${server} >/etc/resolv.conf`],
  });

  it("managers find each other and workers find the managers through SRV records", async () => {
    await waitForCluster(variant.hosts());
    await expectManagers(variant, ["h1", "h2", "h3"]);
  });

  it("a worker without managers logs one line, uses few sockets and little CPU time, and stops at once", async () => {
    const worker = variant.host("h4");
    const managers = variant.hosts().filter(host => host.role === "manager");
    await Promise.all(managers.map(host => host.kill()));
    const began = performance.now();
    await worker.out("systemctl restart swarmkeeper-agent.service");
    expect(performance.now() - began).toBeLessThan(15_000);
    const agent = "$(systemctl show -p MainPID --value swarmkeeper-agent.service)";
    const log = `journalctl _PID=${agent} -o cat --no-pager | grep '"topic":"connection"'`;
    await waitFor("the log line", 20_000, async () => (await worker.exec(log)).code === 0);
    const ticks = async () => Number(await worker.out(`cut -d' ' -f14 /proc/${agent}/stat`));
    const before = await ticks();
    await worker.out("sleep 10");
    expect((await ticks()) - before).toBeLessThan(100);
    expect(Number(await worker.out("ss -Htan state syn-sent | wc -l"))).toBeLessThan(40);
    expect((await worker.out(log)).split("\n")).toHaveLength(1);
    await Promise.all(managers.map(host => host.start()));
    await waitForCluster(variant.hosts());
  });
});

describe("certificates of clients and peers", () => {
  const variant = booted({
    name: "e2e-tls",
    managers: 1,
    workers: 2,
    params: async ({ folder, address }) => {
      await makeCertificates(folder, ["127.0.0.1", address(1), address(2), address(3)]);
      const files = (whose: string) => ({
        [`etcd-${whose}-cert`]: "cert.pem",
        [`etcd-${whose}-key`]: "key.pem",
        [`etcd-${whose}-ca`]: "ca.pem",
      });
      return { "etcd-members": [address(1)], ...files("client"), ...files("peer") };
    },
  });
  const tls = "/etc/swarmkeeper/tls/etcd-client";
  const etcdctl = `ETCDCTL_API=3 etcdctl --command-timeout=4s --cacert ${tls}-ca.pem --cert ${tls}-cert.pem --key ${tls}-key.pem --endpoints https://127.0.0.1:2379`;

  it("every port of etcd requires a certificate", async () => {
    await waitForCluster(variant.hosts());
    for (const each of variant.hosts()) {
      const bare = await each.exec(
        "ETCDCTL_API=3 etcdctl --command-timeout=2s --endpoints http://127.0.0.1:2379 get x",
      );
      expect(bare.code).not.toBe(0);
      expect(await each.out(`${etcdctl} endpoint health 2>&1`)).toContain("is healthy");
    }
    const peer = await variant
      .host("h2")
      .exec(`curl -sS --cacert ${tls}-ca.pem https://${variant.host("h1").address}:2380/members`);
    expect(peer.stderr).toMatch(/certificate/);
  });

  it("workers become managers with certificates, and the commands work as without", async () => {
    await variant.host("h3").out(`${etcdctl} put /swarmkeeper/spec/managers 3`);
    await waitFor("3 managers", 120_000, async saw => {
      const now = await status(variant.host("h3"));
      saw(now.notReady.map(({ message }) => message).join("; "));
      return now.ready && now.managers.now === 3;
    });
    const members = await variant.host("h1").out(`${etcdctl} member list`);
    expect(members.match(/started.*https:\/\/\S+:2380, https:\/\/\S+:2379/g)).toHaveLength(3);
    const plan = await variant.host("h2").exec("swarmkeeper plan -o json");
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(plan.stdout)).toMatchObject({ steps: [], waiting: [], hasLeader: true, reported: true });
  });
});

describe("etcd from an image, if the host has none", () => {
  const image = "localhost:5/etcd:v3.6.16";
  const variant = booted({
    name: "e2e-image",
    managers: 1,
    workers: 2,
    params: async ({ lab, address }) => {
      await lab.publish("etcd.tar", await etcdImage(image, await etcdBinary("3.6")));
      return { "etcd-members": [address(1)], "etcd-image": image };
    },
    machine: () => ["rm -f /usr/bin/etcd"],
  });

  it("the agent waits for the etcd image, and Docker then runs it as member and proxy", async () => {
    const search =
      'journalctl -u swarmkeeper-agent -o cat | grep \'"topic":"etcd-unit".*swarmkeeper-etcd-proxy.service\'';
    await waitFor("h2 to name what fails", 30_000, async () => (await variant.host("h2").exec(search)).code === 0);
    for (const each of variant.hosts())
      await each.out(`curl -fsS http://${serverAddress(variant.lab().network)}/etcd.tar | docker load`);
    await waitForCluster(variant.hosts());
    await expectManagers(variant, ["h1"]);
    for (const each of variant.hosts()) {
      expect(await each.out("docker ps --format '{{.Image}} {{.Names}}' --filter name=swarmkeeper-etcd")).toBe(
        `${image} swarmkeeper-etcd`,
      );
    }
    expect(await variant.host("h2").out("etcdctl endpoint status -w json")).toContain('"version":"3.6.16"');
  });

  it("etcd from an image follows promotions and demotions", async () => {
    await put(variant.host("h3"), "managers", "3");
    await untilManagers(variant.lab(), variant.host("h1"), 3);
    await put(variant.host("h3"), "managers", "1");
    await untilManagers(variant.lab(), variant.host("h1"), 1);
    await untilReady(variant.host("h2"));
  });
});

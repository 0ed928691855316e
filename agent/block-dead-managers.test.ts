// Which addresses a host refuses for the swarm, over the twins of etcd and the firewall.
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeId } from "../crd-like-specs/resources/ids.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Registration } from "../crd-like-specs/resources/resources.ts";
import { type FakeClock, fakeClock } from "../test/fakes/clock/clock.ts";
import { type FakeEtcd, fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { FakeFirewall } from "../test/fakes/firewall/firewall.ts";
import { ensureBlocked } from "./block-dead-managers.ts";
import { openReport, type Report } from "./status/status.ts";

const keys = keyspace();
const self = { id: nodeId("aaaaaaaaaaaa"), name: "h1", address: "10.0.0.1", role: "worker" } as const;
const DEAD = "10.0.0.3";
const SOON_MS = 1_000;

let clock: FakeClock;
let etcd: FakeEtcd;
let firewall: FakeFirewall;
let report: Report;
let log: string[];
let stop: AbortController;

beforeEach(() => {
  clock = fakeClock();
  etcd = fakeEtcd(clock);
  firewall = new FakeFirewall();
  log = [];
  const logger = pino({ base: null }, { write: (line: string) => void log.push(line) });
  report = openReport(self, clock, logger);
  report.see({ etcd: { mode: "proxy", healthy: true }, swarm: { state: "active", control: false } });
  stop = new AbortController();
  const agent = { etcd: etcd.connect(), firewall, clock, random: () => 0.5, keys, self, report, log: logger };
  ensureBlocked(agent, stop.signal).catch(() => {});
});
afterEach(() => stop.abort());

const write = (key: string, value: unknown) =>
  void etcd.connect().kv.txn({ if: [], do: [{ put: key, value: JSON.stringify(value) }] });
const block = (...addresses: string[]) => write(keys.blocked, { addresses });
const register = (id: string, address: string) => {
  const versions = { swarmkeeper: "0.1.0", docker: "26.1.5", etcd: "3.5.16" };
  const at = "2024-01-01T00:00:00Z";
  const node: Registration = { ...self, id: nodeId(id), address, versions, bootId: "b", registeredAt: at };
  write(keys.nodes.of(node.id), node);
};
const message = () => report.status()?.message;

describe("a host", () => {
  it("refuses whom the leader shuns, at once, and nobody any more when that is lifted", async () => {
    await clock.advance(5_000);
    expect(firewall.blocked()).toEqual([]);
    block(DEAD, "10.0.0.4");
    await clock.until(() => firewall.blocked().length === 2, SOON_MS);
    block("10.0.0.4");
    await clock.until(() => firewall.blocked().join() === "10.0.0.4", SOON_MS);
    void etcd.connect().kv.txn({ if: [], do: [{ delete: keys.blocked }] });
    await clock.until(() => firewall.blocked().length === 0, SOON_MS);
    expect(message()).toBeUndefined();
  });

  it("puts right what an agent before it left behind, and what somebody else took away", async () => {
    stop.abort();
    await firewall.block([DEAD]);
    stop = new AbortController();
    const agent = {
      etcd: etcd.connect(),
      firewall,
      clock,
      random: () => 0.5,
      keys,
      self,
      report,
      log: pino({ level: "silent" }),
    };
    ensureBlocked(agent, stop.signal).catch(() => {});
    await clock.until(() => firewall.blocked().length === 0, SOON_MS);
    block(DEAD);
    await clock.until(() => firewall.blocked().length === 1, SOON_MS);
    firewall.reboot();
    await clock.until(() => firewall.blocked().length === 1, 20_000);
  });

  it("never refuses itself, nor a host that is registered", async () => {
    register("bbbbbbbbbbbb", DEAD);
    block(self.address, DEAD, "10.0.0.4");
    await clock.until(() => firewall.blocked().length > 0, SOON_MS);
    expect(firewall.blocked()).toEqual(["10.0.0.4"]);
    register("cccccccccccc", "10.0.0.4");
    await clock.until(() => firewall.blocked().length === 0, 20_000);
  });

  it("leaves things as they are on a word that it does not understand, and says so", async () => {
    block(DEAD);
    await clock.until(() => firewall.blocked().length === 1, SOON_MS);
    write(keys.blocked, { addresses: ["example.org"] });
    await clock.until(() => message() !== undefined, SOON_MS);
    expect(message()).toMatch(/blocked.*whoever was refused for the swarm stays so/);
    await clock.advance(60_000);
    expect(firewall.blocked()).toEqual([DEAD]);
    block();
    await clock.until(() => firewall.blocked().length === 0 && message() === undefined, SOON_MS);
  });

  it("leaves things as they are while etcd is away", async () => {
    block(DEAD);
    await clock.until(() => firewall.blocked().length === 1, SOON_MS);
    const [member] = etcd.state();
    if (!member) throw new Error("there is no etcd member");
    etcd.stopMember(member.id);
    await clock.advance(120_000);
    expect(firewall.blocked()).toEqual([DEAD]);
    expect(message()).toBeUndefined();
    etcd.startMember(member.id);
    block();
    await clock.until(() => firewall.blocked().length === 0, 60_000);
  });

  it("lives without iptables: it is said once, and only while somebody is to be refused", async () => {
    firewall.present = false;
    block();
    await clock.advance(5_000);
    expect(message()).toBeUndefined();
    block(DEAD);
    await clock.until(() => message() !== undefined, SOON_MS);
    expect(message()).toBe("dead managers are still dialled: there is no iptables on this host");
    await clock.advance(120_000);
    expect(log.filter(line => line.includes("no iptables"))).toHaveLength(1);
    block();
    await clock.until(() => message() === undefined, SOON_MS);
  });
});

// Whole agents over fakes of etcd, Docker, systemd and the host, on a fake clock: a world of nodes whose agents a test
// can end, by a crash or a loss of power, at any of their external writes.
import { pino } from "pino";
import { SwarmRecord } from "../../crd-like-specs/resources/resources.ts";
import type { Slack } from "../../drivers/slack/port.ts";
import { type FakeClock, fakeClock } from "./clock/clock.ts";
import { FakeDocker } from "./docker/docker.ts";
import { type FakeEtcd, fakeEtcd } from "./etcd/etcd.ts";
import { FakeNode, type NodeContext } from "./fake-node.ts";
import { clientUrl, keys, peerUrl } from "./node-names.ts";
import { FakeSlack } from "./slack/slack.ts";
import { FakeVault } from "./vault/vault.ts";

export type { FakeNode } from "./fake-node.ts";
export { CONTROLLER, clientUrl, keys, MEMBER, PROXY, peerUrl } from "./node-names.ts";

export interface WorldSize {
  /** Nodes whose user-data makes them managers. All are first etcd members. */
  readonly managers: number;
  readonly workers: number;
  /** Docker's version by node name, where it is not the default. */
  readonly engines?: Readonly<Record<string, string>>;
  /** In [0, 1): the source of every random choice. Default: always 0.5. */
  readonly random?: () => number;
}

export class FakeWorld implements NodeContext {
  readonly clock: FakeClock = fakeClock();
  readonly etcd: FakeEtcd;
  readonly docker: FakeDocker;
  /** Without a webhook. A test replaces it before the first message. */
  slack: Slack = new FakeSlack({ why: undefined });
  readonly nodes: FakeNode[];
  readonly vault = new FakeVault(this.clock);
  /** Swarms created, on all nodes together. */
  inits = 0;
  /** The ids of the etcd members that have ever run. */
  readonly started = new Set<string>();
  readonly log: string[] = [];
  readonly random: () => number;

  constructor({ managers, workers, engines = {}, random = () => 0.5 }: WorldSize) {
    this.random = random;
    const addresses = Array.from({ length: managers + workers }, (_, index) => `10.0.0.${index + 1}`);
    const first = addresses.slice(0, managers);
    const members = first.map(address => ({ name: address, peerUrl: peerUrl(address), clientUrl: clientUrl(address) }));
    this.etcd = fakeEtcd(this.clock, { members, random });
    for (const { id } of this.etcd.state()) this.etcd.stopMember(id);
    this.docker = new FakeDocker(this.clock);
    for (const [index, address] of addresses.entries()) {
      const engineVersion = engines[`h${index + 1}`];
      this.docker.add(`h${index + 1}`, { address, ...(engineVersion !== undefined && { engineVersion }) });
    }
    this.nodes = addresses.map(
      (address, index) => new FakeNode(this, `h${index + 1}`, address, first, index < managers ? "manager" : "worker"),
    );
  }

  node(name: string): FakeNode {
    const found = this.nodes.find(node => node.name === name);
    if (!found) throw new Error(`there is no node ${name}`);
    return found;
  }

  record(): SwarmRecord | undefined {
    const kv = this.etcd.store.get(keys.swarm);
    return kv && SwarmRecord.parse(JSON.parse(kv.value));
  }

  ready(): boolean {
    return this.record()?.state === "ready" && this.nodes.every(node => node.settled());
  }

  /** A logger on the fake clock. It drops every line once `ended` returns true. */
  logger(host: string, who: "agent" | "controller", ended: () => boolean) {
    const timestamp = () => `,"time":${this.clock.now()},"at":${this.clock.monotonic()}`;
    const write = (line: string) => void (ended() || this.log.push(line.trim()));
    return pino({ base: { host, who }, timestamp }, { write });
  }

  /** Called for each program that systemd starts on a node. The signal is aborted when the program ends. */
  onUnit(_node: FakeNode, _unit: string, _run: AbortSignal): void {}

  /** Called for each external write of an agent, before it takes effect. */
  onWrite(_node: FakeNode, _name: string, _args: readonly unknown[]): void {}

  async until(condition: () => boolean, seconds: number): Promise<void> {
    try {
      await this.clock.until(condition, seconds * 1000);
    } catch (cause) {
      throw new Error(
        `the condition did not hold within ${seconds} s; the log was:\n${this.log.slice(-40).join("\n")}`,
        { cause },
      );
    }
  }
}

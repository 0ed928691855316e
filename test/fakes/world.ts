// Whole agents over twins of etcd, docker, systemd and the host, on a virtual clock, for tests: a world with hosts in
// it, whose agents can be ended, by a crash or a loss of power, at any of their external writes.
import { pino } from "pino";
import { live } from "../../agent/agent.ts";
import { ETCD_DATA } from "../../agent/host/state.ts";
import { SHIPPED_UNITS } from "../../agent/host/systemd-units.ts";
import { AgentConfig, NODE_ID_PATH } from "../../crd-like-specs/agent-config.ts";
import { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import type { Slack, SlackMessage } from "../../drivers/slack/port.ts";
import { MemoryChecks } from "./check/check.ts";
import { type VirtualClock, virtualClock } from "./clock/clock.ts";
import { SwarmWorld } from "./docker/docker.ts";
import { type EtcdWorld, memoryEtcd } from "./etcd/etcd.ts";
import { MemoryFirewall } from "./firewall/firewall.ts";
import { type Fault, type Gate, guarded, never } from "./gate.ts";
import { FakeOs } from "./host/host.ts";
import { withLoopback } from "./loopback.ts";
import { MemorySlack } from "./slack/slack.ts";
import { MemorySystemd } from "./systemd/systemd.ts";
import { killVault, runVault } from "./vault/on-node.ts";
import { VaultWorld } from "./vault/vault.ts";

export const keys = keyspace();
export const MEMBER = "swarmkeeper-etcd-member.service";
export const PROXY = "swarmkeeper-etcd-proxy.service";
export const CONTROLLER = "swarmkeeper-controller.service";
export const peerUrl = (address: string) => `http://${address}:2380`;
export const clientUrl = (address: string) => `http://${address}:2379`;
/** Names the member whose data it is. */
const WAL = `${ETCD_DATA}/member/wal`;
const RESTART_MS = 3_000;

export interface WorldSize {
  /** Hosts whose user-data makes them managers: all are first etcd members. */
  readonly managers: number;
  readonly workers: number;
  /** Docker's version, by host, where it is not the usual one. */
  readonly engines?: Readonly<Record<string, string>>;
  /** In [0, 1): everything that is left to chance. Always the same unless given. */
  readonly random?: () => number;
}

export class World {
  readonly clock: VirtualClock = virtualClock();
  readonly etcd: EtcdWorld;
  readonly docker: SwarmWorld;
  /** Without a webhook, unless another is put here before anyone speaks. */
  slack: Slack = new MemorySlack({ why: undefined });
  readonly hosts: FakeHost[];
  readonly vault = new VaultWorld(this.clock);
  /** Swarms made, over all hosts. */
  inits = 0;
  /** Etcd members that have run. */
  readonly started = new Set<string>();
  readonly log: string[] = [];
  readonly random: () => number;

  constructor({ managers, workers, engines = {}, random = () => 0.5 }: WorldSize) {
    this.random = random;
    const addresses = Array.from({ length: managers + workers }, (_, index) => `10.0.0.${index + 1}`);
    const first = addresses.slice(0, managers);
    const members = first.map(address => ({ name: address, peerUrl: peerUrl(address), clientUrl: clientUrl(address) }));
    this.etcd = memoryEtcd(this.clock, { members, random });
    for (const { id } of this.etcd.state()) this.etcd.stopMember(id);
    this.docker = new SwarmWorld(this.clock);
    for (const [index, address] of addresses.entries()) {
      const engineVersion = engines[`h${index + 1}`];
      this.docker.add(`h${index + 1}`, { address, ...(engineVersion !== undefined && { engineVersion }) });
    }
    this.hosts = addresses.map(
      (address, index) => new FakeHost(this, `h${index + 1}`, address, first, index < managers ? "manager" : "worker"),
    );
  }

  host(name: string): FakeHost {
    const found = this.hosts.find(host => host.name === name);
    if (!found) throw new Error(`there is no host ${name}`);
    return found;
  }

  record(): SwarmRecord | undefined {
    const kv = this.etcd.store.get(keys.swarm);
    return kv && SwarmRecord.parse(JSON.parse(kv.value));
  }

  ready(): boolean {
    return this.record()?.state === "ready" && this.hosts.every(host => host.settled());
  }

  /** A logger on the virtual clock, for a process that says nothing any more once it is over. */
  logger(host: string, who: "agent" | "controller", over: () => boolean) {
    const timestamp = () => `,"time":${this.clock.now()},"at":${this.clock.monotonic()}`;
    const write = (line: string) => void (over() || this.log.push(line.trim()));
    return pino({ base: { host, who }, timestamp }, { write });
  }

  /** Told of each program that systemd starts on a host; the signal is aborted when it is over. */
  onUnit(_host: FakeHost, _unit: string, _run: AbortSignal): void {}

  /** Told of each external write of an agent, before it takes effect. */
  onWrite(_host: FakeHost, _name: string, _args: readonly unknown[]): void {}

  async until(condition: () => boolean, seconds: number): Promise<void> {
    try {
      await this.clock.until(condition, seconds * 1000);
    } catch (cause) {
      throw new Error(`not reached; the log was:\n${this.log.slice(-40).join("\n")}`, { cause });
    }
  }
}

export class FakeHost {
  readonly disk: FakeOs;
  readonly systemd: MemorySystemd;
  readonly firewall = new MemoryFirewall();
  readonly checks = new MemoryChecks();
  /** Each program that systemd has started, and each ExecStop that has run, oldest first: `UNIT COMMAND`. */
  readonly starts: string[] = [];
  readonly stops: string[] = [];
  readonly name: string;
  readonly address: string;
  /** The world's clock, whose wall time may be off on this host. */
  readonly clock: Clock;
  /** Milliseconds that the host's wall clock is ahead. */
  wallAhead = 0;
  powered = true;
  /** External writes so far. */
  calls = 0;
  fault: Fault | undefined;
  readonly #world: World;
  readonly #config: AgentConfig;
  #end: () => void = () => {};
  /** As #end, but nothing is said any more. */
  #kill: () => void = () => {};
  #ended: Promise<void> = Promise.resolve();

  constructor(world: World, name: string, address: string, first: readonly string[], role: "manager" | "worker") {
    this.#world = world;
    this.name = name;
    this.address = address;
    const { now, monotonic, sleep } = world.clock;
    this.clock = { monotonic, sleep, now: () => now() + this.wallAhead };
    this.disk = new FakeOs({
      hostname: name,
      addresses: [{ interface: "eth0", address }],
      versions: new Map([["/usr/bin/etcd", "etcd Version: 3.5.16"]]),
      answer: ({ url }) => this.#answer(url),
    });
    for (const unit of [MEMBER, PROXY, CONTROLLER, VAULT_UNIT, "web.service"]) {
      void this.disk.write(`${SHIPPED_UNITS}/${unit}`, `[Service]\nExecStart=/bin/${unit}\nRestart=always\n`);
    }
    this.systemd = new MemorySystemd({
      clock: this.clock,
      unitFile: unit => this.disk.peek(`/etc/systemd/system/${unit}`),
      stopped: (unit, command) => this.stops.push(`${unit} ${command}`),
      program: (unit, command, run) => {
        this.starts.push(`${unit} ${command.join(" ")}`);
        if (unit === MEMBER) this.#startMember(run);
        world.onUnit(this, unit, run);
        return unit === VAULT_UNIT ? runVault(world.vault, this.disk, run) : undefined;
      },
    });
    this.#config = AgentConfig.parse({
      role,
      etcd: { bootstrap: { method: "static", members: first } },
      spec: { managers: "1" },
    });
  }

  id(): string {
    return this.disk.peek(NODE_ID_PATH)?.trim() ?? "";
  }

  status(): NodeStatus | undefined {
    const kv = this.#world.etcd.store.get(`${keys.nodeStatus.root}${this.id()}`);
    return kv && NodeStatus.parse(JSON.parse(kv.value));
  }

  registered(): boolean {
    return this.#world.etcd.store.get(`${keys.nodes.root}${this.id()}`) !== undefined;
  }

  settled(): boolean {
    const status = this.status();
    return this.registered() && status?.swarm.state === "active" && !["rejected", "gone"].includes(status.phase);
  }

  assign(assignment: Assignment): void {
    const put = { put: `${keys.assignments.root}${this.id()}`, value: JSON.stringify(Assignment.parse(assignment)) };
    void this.#world.etcd.connect().kv.txn({ if: [], do: [put] });
  }

  /** Draws the host's id from the world's own chance, so that a seed makes the same history again. */
  named(): this {
    const digit = () => Math.floor(this.#world.random() * 16).toString(16);
    void this.disk.write(NODE_ID_PATH, `${Array.from({ length: 12 }, digit).join("")}\n`);
    return this;
  }

  /** Starts the agent. */
  boot(): void {
    this.#kill();
    const world = this.#world;
    const stop = new AbortController();
    const clients = new Set<{ close(): void }>();
    let over = false;
    const end = () => {
      over = true;
      for (const client of clients) client.close();
      stop.abort();
    };
    const gate: Gate = async (name, write, args) => {
      if (over) return never();
      this.calls += 1;
      const struck = this.fault?.call === this.calls ? this.fault : undefined;
      if (struck?.when === "before") this.#strike(struck, end);
      if (over) return never();
      world.onWrite(this, name, args);
      const result = await write();
      if (name === "initSwarm") world.inits += 1;
      if (struck) this.#strike(struck, end);
      return over ? never() : result;
    };
    const machine = {
      host: guarded(this.disk, gate),
      systemd: guarded(this.systemd, gate),
      docker: guarded(world.docker.engine(this.name), gate),
      firewall: guarded(this.firewall, gate),
      checks: this.checks,
      slack: { post: (message: SlackMessage) => world.slack.post(message), off: () => world.slack.off() },
      clock: this.clock,
      random: world.random,
      vaultHealth: (url: string) => world.vault.connect(url).health(),
      log: world.logger(this.name, "agent", () => over),
      connect: (endpoints: readonly string[]) => {
        const client = world.etcd.connect(endpoints, this.address);
        clients.add(client);
        return guarded(this.#withLoopback(client), gate);
      },
      version: "0.0.0",
    };
    this.#end = () => stop.abort();
    this.#kill = end;
    this.#ended = live(machine, this.#config, stop.signal).catch(error => {
      if (!over) world.log.push(`${this.name} ended: ${error}`);
    });
  }

  /** The agent is told to stop; resolves when it has ended. */
  stop(): Promise<void> {
    this.#end();
    return this.#ended;
  }

  cutPower(): void {
    this.powered = false;
    this.#kill();
    killVault(this.#world.vault, this.disk);
    this.systemd.kill();
    this.#world.docker.kill(this.name);
    const member = this.#member();
    if (member) this.#world.etcd.stopMember(member.id);
  }

  /** The agent ends without a word, and for good. */
  readonly end = (): void => this.#kill();

  /** The agent ends without a word; systemd starts it again a moment later. */
  crash(): void {
    this.#kill();
    void this.#world.clock.sleep(RESTART_MS).then(() => {
      if (this.powered) this.boot();
    });
  }

  restorePower(): void {
    this.powered = true;
    this.disk.reboot();
    this.firewall.reboot();
    this.systemd.boot();
    this.#world.docker.start(this.name);
    this.boot();
  }

  #strike(fault: Fault, end: () => void): void {
    this.fault = undefined;
    end();
    if (fault.end === "crash") {
      this.crash();
      return;
    }
    this.cutPower();
    void this.#world.clock.sleep(RESTART_MS).then(() => this.restorePower());
  }

  /** On 127.0.0.1 this host's own member answers, or, through its proxy, whichever member runs. */
  #withLoopback(client: Etcd): Etcd {
    return withLoopback(client, async () => {
      const [proxy] = await this.systemd.show([PROXY]);
      const own = this.#member();
      const behind = proxy?.active === "active" ? this.#world.etcd.state().find(member => member.up) : own;
      return behind?.clientUrls[0];
    });
  }

  #member() {
    return this.#world.etcd.state().find(member => member.peerUrl === peerUrl(this.address));
  }

  /** On the data of another member, be it this host's own of before, etcd does not start. */
  #startMember(run: AbortSignal): void {
    const { etcd, started } = this.#world;
    const data = this.disk.peek(WAL);
    const member = this.#member();
    if (data === undefined) void this.disk.write(WAL, member?.id ?? "");
    if (!member || (data ?? member.id) !== member.id) return;
    started.add(member.id);
    etcd.startMember(member.id, { name: this.address, clientUrl: clientUrl(this.address) });
    run.addEventListener("abort", () => {
      if (etcd.state().some(({ id }) => id === member.id)) etcd.stopMember(member.id);
    });
  }

  hasData(): boolean {
    return this.disk.peek(WAL) !== undefined;
  }

  runsMember(): boolean {
    return this.#member()?.up ?? false;
  }

  /** The peer port of the host asked: it answers while its member runs, and knows who has ever started. */
  #answer(url: string) {
    const { hosts, etcd } = this.#world;
    const asked = hosts.find(host => `${peerUrl(host.address)}/members` === url);
    if (!asked?.runsMember() || !etcd.network.joins(this.address, asked.address)) throw new Error("refused");
    const members = etcd.state().map(({ id, peerUrl: url, clientUrls }) => {
      const started = this.#world.started.has(id);
      return `{"id":${BigInt(`0x${id}`)},"peerURLs":["${url}"],"clientURLs":${JSON.stringify(started ? clientUrls : [])}}`;
    });
    return { status: 200, body: `[${members.join()}]`, headers: { "x-etcd-cluster-id": etcd.cluster } };
  }
}

// One node of a fake world: its disk, systemd, firewall and checks are fakes, its agent is the real one. A test can end
// the agent at any external write, by a crash or a loss of power.
import type { Logger } from "pino";
import { runNode } from "../../agent/agent.ts";
import { SHIPPED_UNITS } from "../../agent/host/systemd-units.ts";
import { AgentConfig, NODE_ID_PATH } from "../../crd-like-specs/agent-config.ts";
import { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Slack, SlackMessage } from "../../drivers/slack/port.ts";
import { FakeChecks } from "./check/check.ts";
import type { FakeDocker } from "./docker/docker.ts";
import type { FakeEtcd } from "./etcd/etcd.ts";
import { hasMemberData, loopbackUrl, memberAt, peerPortAnswer, startMember } from "./etcd/on-node.ts";
import { FakeFirewall } from "./firewall/firewall.ts";
import { type Fault, type Gate, guarded, never } from "./gate.ts";
import { FakeHost } from "./host/host.ts";
import { withLoopback } from "./loopback.ts";
import { CONTROLLER, keys, MEMBER, PROXY, peerUrl } from "./node-names.ts";
import { FakeSystemd } from "./systemd/systemd.ts";
import { killVault, runVault } from "./vault/on-node.ts";
import type { FakeVault } from "./vault/vault.ts";

/** The time in milliseconds until systemd starts an agent or a machine again (chosen). */
const RESTART_MS = 3_000;

/** What a node shares with the others of its world. */
export interface NodeContext {
  readonly clock: Clock;
  readonly etcd: FakeEtcd;
  readonly docker: FakeDocker;
  readonly vault: FakeVault;
  slack: Slack;
  readonly nodes: readonly FakeNode[];
  inits: number;
  readonly started: Set<string>;
  readonly log: string[];
  readonly random: () => number;
  logger(node: string, process: "agent" | "controller", ended: () => boolean): Logger;
  onUnit(node: FakeNode, unit: string, run: AbortSignal): void;
  onWrite(node: FakeNode, name: string, args: readonly unknown[]): void;
}

export class FakeNode {
  readonly disk: FakeHost;
  readonly systemd: FakeSystemd;
  readonly firewall = new FakeFirewall();
  readonly checks = new FakeChecks();
  /** Each program that systemd has started and each ExecStop that has run, oldest first: `UNIT COMMAND`. */
  readonly starts: string[] = [];
  readonly stops: string[] = [];
  readonly name: string;
  readonly address: string;
  /** The world's clock, with this node's own wall time. */
  readonly clock: Clock;
  /** Milliseconds that the node's wall clock is ahead. */
  wallAhead = 0;
  powered = true;
  /** External writes of the agent so far. */
  calls = 0;
  fault: Fault | undefined;
  readonly #world: NodeContext;
  readonly #config: AgentConfig;
  #end: () => void = () => {};
  /** Like #end, but at once: the agent's last calls never resolve and it logs nothing more. */
  #kill: () => void = () => {};
  #ended: Promise<void> = Promise.resolve();

  constructor(world: NodeContext, name: string, address: string, first: readonly string[], role: "manager" | "worker") {
    this.#world = world;
    this.name = name;
    this.address = address;
    const { now, monotonic, sleep } = world.clock;
    this.clock = { monotonic, sleep, now: () => now() + this.wallAhead };
    this.disk = new FakeHost({
      hostname: name,
      addresses: [{ interface: "eth0", address }],
      versions: new Map([["/usr/bin/etcd", "etcd Version: 3.5.16"]]),
      answer: ({ url }) => this.#answer(url),
    });
    for (const unit of [MEMBER, PROXY, CONTROLLER, VAULT_UNIT, "web.service"]) {
      void this.disk.write(`${SHIPPED_UNITS}/${unit}`, `[Service]\nExecStart=/bin/${unit}\nRestart=always\n`);
    }
    this.systemd = new FakeSystemd({
      clock: this.clock,
      unitFile: unit => this.disk.peek(`/etc/systemd/system/${unit}`),
      stopped: (unit, command) => this.stops.push(`${unit} ${command}`),
      program: (unit, command, run) => {
        this.starts.push(`${unit} ${command.join(" ")}`);
        if (unit === MEMBER) startMember(world, this, run);
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

  /** Draws the node's id from the world's random source, so that a seed reproduces the same history. */
  drawId(): this {
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
    let ended = false;
    const kill = () => {
      ended = true;
      for (const client of clients) client.close();
      stop.abort();
    };
    const gate: Gate = async (name, write, args) => {
      if (ended) return never();
      this.calls += 1;
      const fault = this.fault?.call === this.calls ? this.fault : undefined;
      if (fault?.when === "before") this.#inject(fault, kill);
      if (ended) return never();
      world.onWrite(this, name, args);
      const result = await write();
      if (name === "initSwarm") world.inits += 1;
      if (fault) this.#inject(fault, kill);
      return ended ? never() : result;
    };
    const context = {
      host: guarded(this.disk, gate),
      systemd: guarded(this.systemd, gate),
      docker: guarded(world.docker.engine(this.name), gate),
      firewall: guarded(this.firewall, gate),
      checks: this.checks,
      slack: { post: (message: SlackMessage) => world.slack.post(message), off: () => world.slack.off() },
      clock: this.clock,
      random: world.random,
      vaultHealth: (url: string) => world.vault.connect(url).health(),
      log: world.logger(this.name, "agent", () => ended),
      connect: (endpoints: readonly string[]) => {
        const client = world.etcd.connect(endpoints, this.address);
        clients.add(client);
        return guarded(
          withLoopback(client, () => loopbackUrl(world.etcd, this)),
          gate,
        );
      },
      version: "0.0.0",
    };
    this.#end = () => stop.abort();
    this.#kill = kill;
    this.#ended = runNode(context, this.#config, stop.signal).catch(error => {
      if (!ended) world.log.push(`${this.name} ended: ${error}`);
    });
  }

  /** Stops the agent in an orderly way. Resolves when it has ended. */
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
    const member = memberAt(this.#world.etcd, this.address);
    if (member) this.#world.etcd.stopMember(member.id);
  }

  /** Kills the agent. Nothing starts it again. */
  readonly kill = (): void => this.#kill();

  /** Kills the agent. systemd starts it again after RESTART_MS. */
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

  #inject(fault: Fault, kill: () => void): void {
    this.fault = undefined;
    kill();
    if (fault.end === "crash") {
      this.crash();
      return;
    }
    this.cutPower();
    void this.#world.clock.sleep(RESTART_MS).then(() => this.restorePower());
  }

  hasData(): boolean {
    return hasMemberData(this.disk);
  }

  runsMember(): boolean {
    return memberAt(this.#world.etcd, this.address)?.up ?? false;
  }

  /** A request to another node. Only the peer port of a running member answers. Throws where nothing does. */
  #answer(url: string) {
    const { nodes, etcd } = this.#world;
    const asked = nodes.find(node => `${peerUrl(node.address)}/members` === url);
    if (!asked?.runsMember() || !etcd.network.joins(this.address, asked.address)) throw new Error("ECONNREFUSED");
    return peerPortAnswer(this.#world);
  }
}

// A whole cluster in memory: the real agents and the real controllers over the twins, on a virtual clock. A controller
// runs on a host exactly while its unit is active there, and can be ended or stopped at any of its external writes.

import type { Context } from "../../controller/context.ts";
import { run } from "../../controller/loop/run.ts";
import { Event } from "../../crd-like-specs/resources/event.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { ClusterStatus, LeaderRecord, Operation } from "../../crd-like-specs/resources/resources.ts";
import { type Docker, DockerError } from "../../drivers/docker/port.ts";
import type { Txn, Write } from "../../drivers/etcd/port.ts";
import type { Slack } from "../../drivers/slack/port.ts";
import { type Gate, guarded, never } from "../fakes/gate.ts";
import { CONTROLLER, type FakeNode, FakeWorld, keys, type WorldSize } from "../fakes/world.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { stoppable } from "./process.ts";

/**
 * What befalls whichever controller makes the nth external write of all controllers, or journals the next step of an
 * operation: it ends there, or is stopped for so many milliseconds.
 */
export interface ControllerFault {
  readonly write: number | "next step";
  readonly when: "before" | "after";
  readonly stopMs?: number;
}

/** The process of a controller on one host. */
export interface Controller {
  readonly host: FakeNode;
  readonly ended: boolean;
  readonly stopped: boolean;
  /** As kill -9; systemd starts it again a moment later. */
  end(): void;
  /** It does nothing for so long, and knows nothing of it. */
  stop(ms: number): void;
  /** It runs again before that time is over. */
  wake(): void;
}

/** systemd starts a unit that ended again after a while. */
const RESTART_MS = 2_000;
/** How long a docker that has fallen silent keeps a caller waiting. */
const SILENCE_MS = 15_000;

export class Cluster extends FakeWorld {
  fault: ControllerFault | undefined;
  /** External writes of controllers since the fault was set, or since the beginning. */
  writes = 0;
  /** Which of them, by their count, are no mere repetition: a call that is tried again has its fence proven each time. */
  readonly newWrites: number[] = [];
  #lastWrites: readonly string[] = [];
  readonly invariants: Invariants = watchInvariants(this);
  /** The last controller of each host, by the host's name. */
  readonly controllers = new Map<string, Controller>();
  /** Hosts whose docker answers nobody. */
  readonly silentDockers = new Set<string>();
  readonly #stop = new AbortController();

  constructor(size: WorldSize) {
    super(size);
    for (const host of this.nodes) {
      if (size.random) host.drawId();
      host.boot();
    }
  }

  /** What the promises forbid and was seen all the same. */
  get broken(): string[] {
    return this.invariants.broken;
  }

  /** What an operator's `etcdctl put` does. */
  put(path: string, value: string): Promise<void> {
    return this.#etcdctl([{ put: keys.spec.of(path), value }]);
  }

  /** What somebody does to the keys with `etcdctl` that are not his to write. */
  manually(...writes: Write[]): Promise<void> {
    this.invariants.manually();
    return this.#etcdctl(writes);
  }

  async #etcdctl(writes: Write[]): Promise<void> {
    let done = false;
    const written = this.etcd
      .connect()
      .kv.txn({ if: [], do: writes })
      .then(() => {
        done = true;
      });
    await this.until(() => done, 10);
    await written;
  }

  status(): ClusterStatus | undefined {
    const kv = this.etcd.store.get(keys.clusterStatus);
    return kv && ClusterStatus.parse(JSON.parse(kv.value));
  }

  operation(): Operation | undefined {
    const kv = this.etcd.store.get(keys.operation);
    return kv && Operation.parse(JSON.parse(kv.value));
  }

  /** The story so far. */
  events(): Event[] {
    return this.etcd.store.list(keys.events.root).map(({ value }) => Event.parse(JSON.parse(value)));
  }

  /** The host whose controller leads, as far as etcd knows. */
  leader(): FakeNode | undefined {
    const kv = this.etcd.store.get(keys.leader);
    const node = kv && LeaderRecord.parse(JSON.parse(kv.value)).node;
    return this.nodes.find(host => host.id() === node);
  }

  /** Until the leader itself reports that this many managers are wanted, are there, and everything has settled. */
  async untilManagers(count: number, seconds = 400): Promise<void> {
    await this.until(() => {
      const status = this.status();
      return status?.ready === true && status.managers.wanted === count && this.voters().length === count;
    }, seconds);
  }

  /** Names of the hosts that are etcd voters, sorted. */
  voters(): string[] {
    return this.etcd
      .state()
      .filter(member => !member.learner)
      .map(member => this.nodes.find(host => member.host === host.address)?.name ?? member.id)
      .sort();
  }

  /** Takes a host off every network. */
  isolate(name: string): void {
    this.part([name]);
  }

  /** These hosts on one side, all others on the other, in both rafts and for every client. */
  part(names: readonly string[]): void {
    const others = this.nodes.map(host => host.name).filter(name => !names.includes(name));
    this.docker.cut(names, others);
    this.etcd.network.cut(this.addresses(names), this.addresses(others));
  }

  mend(): void {
    this.docker.heal();
    this.etcd.network.heal();
  }

  addresses(names: readonly string[]): string[] {
    return names.map(name => this.node(name).address);
  }

  /** Nothing waits for anything any more, so that a thousand of them fit into one process. */
  end(): void {
    this.#stop.abort();
    for (const host of this.nodes) host.kill();
    this.docker.close();
  }

  /** systemd starts a controller: it runs, again and again where it ends, until systemd stops it. */
  override onUnit(host: FakeNode, unit: string, run: AbortSignal): void {
    if (unit !== CONTROLLER) return;
    const over = AbortSignal.any([run, this.#stop.signal]);
    const supervise = async () => {
      while (!over.aborted) {
        await this.#control(host, over);
        await this.clock.sleep(RESTART_MS, over);
      }
    };
    supervise().catch(() => {}); // only when it is over
  }

  override onWrite(host: FakeNode, name: string, args: readonly unknown[]): void {
    this.invariants.agentAsks(host, name, args);
  }

  /** One life of a controller; returns when it has ended. */
  async #control(host: FakeNode, over: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const process = stoppable();
    const etcd = this.etcd.connect([`http://${host.address}:2379`], host.address);
    const state = {
      host,
      ended: false,
      get stopped() {
        return process.stopped();
      },
      end: () => {
        if (state.ended) return;
        state.ended = true;
        etcd.close();
        stop.abort();
      },
      stop: (ms: number) => {
        process.stop();
        void this.clock.sleep(ms).then(() => process.wake());
      },
      wake: () => process.wake(),
    };
    this.controllers.set(host.name, state);
    over.addEventListener("abort", state.end);
    const gate: Gate = async (name, write, args) => {
      if (state.ended) return never();
      this.#count(`${name} ${JSON.stringify(args)}`);
      const isDue =
        this.fault?.write === this.writes || (this.fault?.write === "next step" && this.#isStep(name, args));
      const fault = isDue ? this.fault : undefined;
      if (fault) this.fault = undefined;
      const strike = () => (fault?.stopMs === undefined ? state.end() : state.stop(fault.stopMs));
      // What nothing can fence, a call on its way to etcd or docker, is not held back: no lease could prevent that.
      const before = fault?.when === "before" && (fault.stopMs === undefined || name === "txn");
      if (before) strike();
      if (state.ended) return never();
      await process.runs();
      this.invariants.asked(host, name, args);
      const result = await write();
      this.invariants.answered(host, name, args, result);
      if (fault && !before) strike();
      return state.ended ? never() : result;
    };
    const ended = new Promise<void>(resolve => stop.signal.addEventListener("abort", () => resolve()));
    const context: Context = {
      self: nodeId(host.id()),
      name: host.name,
      version: "0.0.0",
      keys,
      etcd: process.behind(guarded(etcd, gate)),
      docker: process.behind(guarded(this.#engine(host), gate)),
      slack: process.behind<Slack>(this.slack),
      clock: process.behind(host.clock),
      random: this.random,
      log: this.logger(host.name, "controller", () => state.ended),
    };
    run(context, stop.signal).then(state.end, error => {
      if (!state.ended) this.log.push(`controller on ${host.name} ended: ${error}`);
      state.end();
    });
    await ended;
    over.removeEventListener("abort", state.end);
  }

  #count(write: string): void {
    this.writes += 1;
    if (!this.#lastWrites.includes(write)) this.newWrites.push(this.writes);
    this.#lastWrites = [...this.#lastWrites, write].slice(-2);
  }

  /** Whether this write journals a step of the operation in flight. */
  #isStep(name: string, args: readonly unknown[]): boolean {
    if (name !== "txn" || this.etcd.store.get(keys.operation) === undefined) return false;
    return (args[0] as Txn).do.some(write => "put" in write && write.put === keys.operation);
  }

  /** The engine of a host, which may fall silent. */
  #engine(host: FakeNode): Docker {
    const silent = async () => {
      await this.clock.sleep(SILENCE_MS);
      throw new DockerError("timeout", `docker on ${host.name} gave no answer within ${SILENCE_MS / 1000} s`);
    };
    return new Proxy(this.docker.engine(host.name), {
      get: (engine, property) => {
        const value: unknown = Reflect.get(engine, property, engine);
        if (typeof value !== "function") return value;
        const mute = () =>
          this.silentDockers.has(host.name) && !["nodeEvents", "managerEvents", "close"].includes(String(property));
        return (...args: unknown[]) => (mute() ? silent() : Reflect.apply(value, engine, args));
      },
    });
  }
}

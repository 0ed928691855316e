// A whole cluster in memory: real agents and real controllers on fakes, with a fake clock. A controller runs on a node
// exactly while its unit is active there. A test can end it or stop it at any of its external writes.

import type { Context } from "../../controller/context.ts";
import { run } from "../../controller/loop/run.ts";
import { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { Event } from "../../crd-like-specs/resources/event.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { LeaderRecord } from "../../crd-like-specs/resources/leader-record.ts";
import { Operation } from "../../crd-like-specs/resources/membership.ts";
import { type Docker, DockerError } from "../../drivers/docker/port.ts";
import type { Txn, Write } from "../../drivers/etcd/port.ts";
import type { Slack } from "../../drivers/slack/port.ts";
import { type Gate, guarded, never } from "../fakes/gate.ts";
import { CONTROLLER, type FakeNode, FakeWorld, keys, type WorldSize } from "../fakes/world.ts";
import { type Invariants, watchInvariants } from "./invariants.ts";
import { stoppable } from "./process.ts";

/**
 * A fault of the controller that makes the nth external write of all controllers, or that journals the next step of an
 * operation: it ends at that write, or it is stopped for `stopMs` milliseconds.
 */
export interface ControllerFault {
  readonly write: number | "next step";
  readonly when: "before" | "after";
  readonly stopMs?: number;
}

/** The process of a controller on one node. */
export interface Controller {
  readonly node: FakeNode;
  readonly ended: boolean;
  readonly stopped: boolean;
  /** As kill -9; systemd starts it again a moment later. */
  end(): void;
  /** Stops the process for this time. It does not notice. */
  stop(ms: number): void;
  /** Lets a stopped process run again before that time has passed. */
  wake(): void;
}

/** The time after which systemd restarts a unit that ended. */
const RESTART_MS = 2_000;
/** How long a call to a silent Docker hangs. */
const SILENCE_MS = 15_000;

export class Cluster extends FakeWorld {
  fault: ControllerFault | undefined;
  /** The number of external writes of all controllers. A test may reset it. */
  writes = 0;
  /** The numbers of the writes that repeat none of the two before them. A retry also checks its fence again. */
  readonly newWrites: number[] = [];
  #lastWrites: readonly string[] = [];
  readonly invariants: Invariants = watchInvariants(this);
  /** The latest controller of each node, by the node's name. */
  readonly controllers = new Map<string, Controller>();
  /** Names of nodes whose Docker does not answer. */
  readonly silentDockers = new Set<string>();
  readonly #stop = new AbortController();

  constructor(size: WorldSize) {
    super(size);
    for (const node of this.nodes) {
      if (size.random) node.drawId();
      node.boot();
    }
  }

  /** Violated invariants as sentences. */
  get broken(): string[] {
    return this.invariants.broken;
  }

  /** Puts `spec/PATH`, as an operator does with `etcdctl put`. */
  put(path: string, value: string): Promise<void> {
    return this.#etcdctl([{ put: keys.spec.of(path), value }]);
  }

  /** Writes keys of which a program is the writer, as an operator can with `etcdctl`. */
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

  /** All events so far, oldest first. */
  events(): Event[] {
    return this.etcd.store.list(keys.events.root).map(({ value }) => Event.parse(JSON.parse(value)));
  }

  /** The node whose controller leads according to the key `leader`. */
  leader(): FakeNode | undefined {
    const kv = this.etcd.store.get(keys.leader);
    const id = kv && LeaderRecord.parse(JSON.parse(kv.value)).node;
    return this.nodes.find(node => node.id() === id);
  }

  /** Waits until the leader reports that this number of managers is wanted and present, and that the cluster is ready. */
  async untilManagers(count: number, seconds = 400): Promise<void> {
    await this.until(() => {
      const status = this.status();
      return status?.ready === true && status.managers.wanted === count && this.voters().length === count;
    }, seconds);
  }

  /** Names of the nodes that are etcd voters, sorted. */
  voters(): string[] {
    return this.etcd
      .state()
      .filter(member => !member.learner)
      .map(member => this.nodes.find(node => member.host === node.address)?.name ?? member.id)
      .sort();
  }

  /** Cuts a node off from all others. */
  isolate(name: string): void {
    this.part([name]);
  }

  /** Cuts these nodes off from all others, in both rafts and for every client. */
  part(names: readonly string[]): void {
    const others = this.nodes.map(node => node.name).filter(name => !names.includes(name));
    this.docker.cut(names, others);
    this.etcd.network.cut(this.addresses(names), this.addresses(others));
  }

  /** Ends all partitions. */
  heal(): void {
    this.docker.heal();
    this.etcd.network.heal();
  }

  addresses(names: readonly string[]): string[] {
    return names.map(name => this.node(name).address);
  }

  /** Ends all agents and controllers, so that a process can simulate thousands of clusters. */
  end(): void {
    this.#stop.abort();
    for (const node of this.nodes) node.kill();
    this.docker.close();
  }

  /** Runs a controller when systemd starts its unit, and restarts it after each end until systemd stops the unit. */
  override onUnit(node: FakeNode, unit: string, run: AbortSignal): void {
    if (unit !== CONTROLLER) return;
    const over = AbortSignal.any([run, this.#stop.signal]);
    const supervise = async () => {
      while (!over.aborted) {
        await this.#control(node, over);
        await this.clock.sleep(RESTART_MS, over);
      }
    };
    supervise().catch(() => {}); // the sleep rejects when `over` is aborted
  }

  override onWrite(node: FakeNode, name: string, args: readonly unknown[]): void {
    this.invariants.agentAsks(node, name, args);
  }

  /** Runs one process of a controller. Resolves when it has ended. */
  async #control(node: FakeNode, over: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const process = stoppable();
    const etcd = this.etcd.connect([`http://${node.address}:2379`], node.address);
    const state = {
      node,
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
    this.controllers.set(node.name, state);
    over.addEventListener("abort", state.end);
    const gate: Gate = async (name, write, args) => {
      if (state.ended) return never();
      this.#count(`${name} ${JSON.stringify(args)}`);
      const isDue =
        this.fault?.write === this.writes || (this.fault?.write === "next step" && this.#isStep(name, args));
      const fault = isDue ? this.fault : undefined;
      if (fault) this.fault = undefined;
      const strike = () => (fault?.stopMs === undefined ? state.end() : state.stop(fault.stopMs));
      // No lease can fence a call that is already on its way to etcd or Docker, so only transactions are stopped before.
      const before = fault?.when === "before" && (fault.stopMs === undefined || name === "txn");
      if (before) strike();
      if (state.ended) return never();
      await process.runs();
      this.invariants.asked(node, name, args);
      const result = await write();
      this.invariants.answered(node, name, args, result);
      if (fault && !before) strike();
      return state.ended ? never() : result;
    };
    const ended = new Promise<void>(resolve => stop.signal.addEventListener("abort", () => resolve()));
    const context: Context = {
      self: nodeId(node.id()),
      name: node.name,
      version: "0.0.0",
      keys,
      etcd: process.behind(guarded(etcd, gate)),
      docker: process.behind(guarded(this.#engine(node), gate)),
      slack: process.behind<Slack>(this.slack),
      clock: process.behind(node.clock),
      random: this.random,
      log: this.logger(node.name, "controller", () => state.ended),
    };
    run(context, stop.signal).then(state.end, error => {
      if (!state.ended) this.log.push(`controller on ${node.name} ended: ${error}`);
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

  /** True if this write journals a step of the current operation. */
  #isStep(name: string, args: readonly unknown[]): boolean {
    if (name !== "txn" || this.etcd.store.get(keys.operation) === undefined) return false;
    return (args[0] as Txn).do.some(write => "put" in write && write.put === keys.operation);
  }

  /** The engine of a node. It does not answer while the node is in `silentDockers`. */
  #engine(node: FakeNode): Docker {
    const silent = async () => {
      await this.clock.sleep(SILENCE_MS);
      throw new DockerError("timeout", `docker on ${node.name} gave no answer within ${SILENCE_MS / 1000} s`);
    };
    return new Proxy(this.docker.engine(node.name), {
      get: (engine, property) => {
        const value: unknown = Reflect.get(engine, property, engine);
        if (typeof value !== "function") return value;
        const mute = () =>
          this.silentDockers.has(node.name) && !["nodeEvents", "managerEvents", "close"].includes(String(property));
        return (...args: unknown[]) => (mute() ? silent() : Reflect.apply(value, engine, args));
      },
    });
  }
}

// A whole cluster in memory: the real agents and the real controllers over the twins, on a virtual clock. A controller
// runs on a host exactly while its unit is active there, and can be ended at any of its external writes.
import { pino } from "pino";
import { CONTROLLER, guarded, keys, never, type TwinHost, World, type WorldSize } from "../../agent/twins.fixture.ts";
import { run } from "../../controller/loop/run.ts";
import { needed } from "../../controller/state/quorum.ts";
import { Event } from "../../crd-like-specs/event.ts";
import { nodeId } from "../../crd-like-specs/ids.ts";
import { ClusterStatus, Operation } from "../../crd-like-specs/resources.ts";

/** Ends whichever controller makes the nth external write of all controllers since the fault was set. */
export interface ControllerFault {
  readonly write: number;
  readonly when: "before" | "after";
}

/** systemd starts a unit that ended again after a while. */
const RESTART_MS = 2_000;
const SUPERVISE_MS = 100;

export class Cluster extends World {
  fault: ControllerFault | undefined;
  /** External writes of controllers since the fault was set, or since the beginning. */
  writes = 0;
  /** What the promises forbid and was seen all the same. */
  readonly broken: string[] = [];
  readonly #stop = new AbortController();

  constructor(size: WorldSize) {
    super(size);
    for (const host of this.hosts) {
      host.boot();
      void this.#supervise(host).catch(() => {});
    }
  }

  /** What an operator's `etcdctl put` does. */
  async put(path: string, value: string): Promise<void> {
    let done = false;
    const write = { put: keys.spec.of(path), value };
    const put = this.etcd
      .connect()
      .kv.txn({ if: [], do: [write] })
      .then(() => {
        done = true;
      });
    await this.until(() => done, 10);
    await put;
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
      .map(member => this.hosts.find(host => member.peerUrl.includes(`//${host.address}:`))?.name ?? member.id)
      .sort();
  }

  end(): void {
    this.#stop.abort();
    this.docker.close();
  }

  async #supervise(host: TwinHost): Promise<never> {
    let running: { end: () => void; ended: boolean } | undefined;
    let restartAt = 0;
    for (;;) {
      await this.clock.sleep(SUPERVISE_MS, this.#stop.signal);
      const active = await host.systemd.show([CONTROLLER]).then(
        ([unit]) => unit?.active === "active",
        () => false, // the host is without power
      );
      if (!active) {
        running?.end();
        running = undefined;
      } else if (running === undefined || running.ended) {
        if (running?.ended && restartAt === 0) restartAt = this.clock.monotonic() + RESTART_MS;
        if (this.clock.monotonic() < restartAt) continue;
        restartAt = 0;
        running = this.#controller(host);
      }
    }
  }

  #controller(host: TwinHost): { end: () => void; ended: boolean } {
    const stop = new AbortController();
    const etcd = this.etcd.connect([`http://${host.address}:2379`]);
    const state = {
      ended: false,
      end: () => {
        if (state.ended) return;
        state.ended = true;
        etcd.close();
        stop.abort();
      },
    };
    const gate = async (name: string, write: () => Promise<unknown>): Promise<unknown> => {
      if (state.ended) return never;
      this.writes += 1;
      const fault = this.fault?.write === this.writes ? this.fault : undefined;
      if (fault) this.fault = undefined;
      if (fault?.when === "before") state.end();
      if (state.ended) return never;
      const result = await write();
      await this.#demandPromises(name);
      if (fault) state.end();
      return state.ended ? never : result;
    };
    const log = pino({ base: { host: host.name } }, { write: (line: string) => void this.log.push(line.trim()) });
    run({
      self: nodeId(host.id()),
      name: host.name,
      version: "0.0.0",
      keys,
      etcd: guarded(etcd, gate),
      docker: guarded(this.docker.engine(host.name), gate),
      clock: this.clock,
      log,
      signal: stop.signal,
    }).then(
      () => state.end(),
      error => {
        if (!state.ended) this.log.push(`controller on ${host.name} ended: ${error}`);
        state.end();
      },
    );
    return state;
  }

  /** After each of its writes: whatever a controller does, both rafts keep a quorum of members that run. */
  async #demandPromises(write: string): Promise<void> {
    const voters = this.etcd.state().filter(member => !member.learner);
    const up = voters.filter(member => member.up).length;
    if (up < needed(voters.length)) this.broken.push(`after ${write}: ${up} of ${voters.length} etcd voters run`);
    const learners = this.etcd.state().length - voters.length;
    if (learners > 1) this.broken.push(`after ${write}: ${learners} learners`);
  }
}

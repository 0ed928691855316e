// One fake engine as a client sees it: the Docker port, with dockerd's answers and rejections.
import { Observable } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { readable } from "../../../drivers/docker/errors.ts";
import {
  type Docker,
  DockerError,
  type EngineInfo,
  type JoinOptions,
  type SwarmNode,
} from "../../../drivers/docker/port.ts";
import type { FakeMachine, Reaches } from "./machine.ts";
import type { LeaderView } from "./raft.ts";
import { noEngine, type Rejection, rejected, rejections } from "./rejections.ts";
import type { Swarm } from "./swarm.ts";
import type { SwarmTimings } from "./timings.ts";

export interface EngineContext {
  readonly clock: Clock;
  readonly timings: SwarmTimings;
  readonly reaches: Reaches;
  /** The machine at host:port, running or not. */
  at(remote: string): FakeMachine | undefined;
  /** Creates a swarm with this machine as its only manager. */
  create(machine: FakeMachine): SwarmNodeId;
  /** The swarm that this machine belongs to. */
  swarmOf(machine: FakeMachine): Swarm | undefined;
}

/** The result of one attempt to join. */
type JoinResult = "joined" | "no manager" | "leader silent" | Rejection;

/** How often a join in the background is tried again (chosen). */
const joinRetryMs = 1_000;

export class FakeEngine implements Docker {
  readonly #machine: FakeMachine;
  readonly #context: EngineContext;
  readonly #closed = new AbortController();

  constructor(machine: FakeMachine, context: EngineContext) {
    this.#machine = machine;
    this.#context = context;
  }

  async info(): Promise<EngineInfo> {
    const attempt = "report its state";
    this.#mustRun(attempt);
    const swarm = this.#context.swarmOf(this.#machine);
    // A manager's engine asks its leader before it answers, so this call hangs like any other.
    const view = swarm && (await this.#awaitLeader(attempt, swarm));
    const cluster = view === "answers" || view === "stale" ? swarm?.id : undefined;
    const { name, engineVersion, membership, settled, joining } = this.#machine;
    return {
      version: engineVersion,
      apiVersion: "1.41",
      hostname: name,
      swarm: {
        state: membership ? (settled ? "active" : "pending") : joining ? "pending" : "inactive",
        node: membership?.node,
        control: cluster !== undefined,
        cluster,
        error: view === "leaderless" ? readable(rejections.noLeader.text) : "",
        remoteManagers: swarm?.managerAddresses() ?? [],
      },
    };
  }

  async initSwarm({ advertiseAddress }: { advertiseAddress: string }): Promise<SwarmNodeId> {
    const attempt = `make a swarm at ${advertiseAddress}`;
    this.#mustBeFree(attempt);
    await this.#pass(attempt, this.#context.timings.joinMs);
    this.#mustBeFree(attempt);
    return this.#context.create(this.#machine);
  }

  async joinSwarm({ remotes, token }: JoinOptions): Promise<void> {
    let unreachable = new DockerError("unreachable", "docker was asked to join a swarm at no address");
    for (const remote of remotes) {
      try {
        return await this.#joinAt(remote, token);
      } catch (error) {
        if (!(error instanceof DockerError && error.kind === "unreachable")) throw error;
        unreachable = error;
      }
    }
    throw unreachable;
  }

  async #joinAt(remote: string, token: string): Promise<void> {
    const attempt = `join the swarm at ${remote}`;
    const { joinMs, joinRejectedMs, joinPatienceMs } = this.#context.timings;
    this.#mustBeFree(attempt);
    if (!token.startsWith("SWMTKN-1-")) throw rejected(attempt, rejections.invalidToken);

    const joining = new AbortController();
    this.#machine.joining = joining;
    await this.#pass(attempt, joinMs);
    const outcome = this.#tryJoin(remote, token);
    if (outcome === "leader silent") {
      void this.#retryJoin(remote, token, joining);
      await this.#pass(attempt, joinPatienceMs);
      if (this.#machine.membership === undefined) throw rejected(attempt, rejections.joinContinues);
      return;
    }
    if (outcome !== "joined") await this.#pass(attempt, joinRejectedMs);
    this.#machine.joining = undefined;
    if (outcome === "no manager")
      throw new DockerError("unreachable", `docker could not ${attempt}: nothing answers there`);
    if (outcome !== "joined") throw rejected(attempt, outcome);
  }

  async leaveSwarm({ force }: { force: boolean }): Promise<void> {
    const attempt = "leave the swarm";
    this.#mustRun(attempt);
    const { membership, joining } = this.#machine;
    if (membership === undefined && joining === undefined) throw rejected(attempt, rejections.notInSwarm);
    const swarm = this.#context.swarmOf(this.#machine);
    const rejection = force ? undefined : swarm?.leaveRejection(this.#machine);
    if (rejection !== undefined) throw rejected(attempt, rejection);
    joining?.abort();
    this.#machine.joining = undefined;
    this.#machine.membership = undefined;
    swarm?.changed();
    await this.#pass(attempt, this.#context.timings.leaveMs);
  }

  async inspectSwarm(): Promise<{ id: string; workerToken: string }> {
    const swarm = await this.#controlled("read the swarm");
    return { id: swarm.id, workerToken: swarm.workerToken };
  }

  async nodes(): Promise<SwarmNode[]> {
    return (await this.#controlled("read the nodes")).nodes();
  }

  async setRole(node: SwarmNodeId, role: SwarmNode["role"]): Promise<void> {
    const attempt = `make node ${node} a ${role}`;
    await this.#write(attempt, swarm => swarm.setRole(node, role));
  }

  async setDrained(node: SwarmNodeId, drained: boolean): Promise<void> {
    const attempt = drained ? `drain node ${node}` : `let node ${node} take tasks again`;
    await this.#write(attempt, swarm => swarm.setDrained(node, drained));
  }

  async tasksOn(node: SwarmNodeId): Promise<number> {
    const attempt = `read the tasks on node ${node}`;
    const tasks = (await this.#controlled(attempt)).tasksOn(node);
    if (tasks === undefined) throw rejected(attempt, rejections.nodeNotFound(node));
    return tasks;
  }

  async removeNode(node: SwarmNodeId, { force }: { force: boolean }): Promise<void> {
    const attempt = `remove node ${node}`;
    await this.#write(attempt, swarm => swarm.remove(node, force));
  }

  nodeEvents(): Observable<void> {
    return new Observable(subscriber => {
      const events = this.#machine.events.subscribe(subscriber);
      const complete = () => subscriber.complete();
      this.#closed.signal.addEventListener("abort", complete);
      if (this.#closed.signal.aborted) complete();
      else if (this.#machine.running) subscriber.next();
      return () => {
        events.unsubscribe();
        this.#closed.signal.removeEventListener("abort", complete);
      };
    });
  }

  managerEvents(): Observable<void> {
    return this.nodeEvents();
  }

  close(): void {
    this.#closed.abort();
  }

  #mustRun(attempt: string): void {
    if (this.#closed.signal.aborted) throw new DockerError("unreachable", "this connection to docker was closed");
    if (!this.#machine.running) throw noEngine(attempt, this.#machine.name);
  }

  #mustBeFree(attempt: string): void {
    this.#mustRun(attempt);
    const { membership, joining } = this.#machine;
    if (membership !== undefined || joining !== undefined) throw rejected(attempt, rejections.alreadyInSwarm);
  }

  /** The swarm, if this engine can control it now. Throws DockerError otherwise. */
  async #controlled(attempt: string): Promise<Swarm> {
    this.#mustRun(attempt);
    const swarm = this.#context.swarmOf(this.#machine);
    if (swarm === undefined) throw rejected(attempt, rejections.noSwarm);
    const view = await this.#awaitLeader(attempt, swarm);
    if (view === undefined) throw rejected(attempt, rejections.onlyWorker);
    if (view === "leaderless") throw rejected(attempt, rejections.noLeader);
    return swarm;
  }

  async #write(attempt: string, change: (swarm: Swarm) => Promise<Rejection | undefined>): Promise<void> {
    const rejection = await change(await this.#controlled(attempt));
    this.#mustRun(attempt);
    if (rejection !== undefined) throw rejected(attempt, rejection);
  }

  /**
   * Asks every second, as dockerd does, until there is a leader, or none can come, or the time is over. Undefined on a
   * worker.
   */
  async #awaitLeader(attempt: string, swarm: Swarm): Promise<Exclude<LeaderView, "waits"> | undefined> {
    const { clock, timings } = this.#context;
    const deadline = clock.monotonic() + timings.callPatienceMs;
    for (;;) {
      const view = swarm.viewFrom(this.#machine);
      if (view !== "waits") return view;
      if (clock.monotonic() >= deadline) throw rejected(attempt, rejections.leaderSilent);
      await this.#pass(attempt, 1_000);
    }
  }

  /** Lets time pass within a call. Throws if the engine has stopped in the meantime. */
  async #pass(attempt: string, ms: number): Promise<void> {
    const { run } = this.#machine;
    await this.#context.clock.sleep(ms);
    if (!this.#machine.running || this.#machine.run !== run) throw noEngine(attempt, this.#machine.name);
  }

  #tryJoin(remote: string, token: string): JoinResult {
    const { at, reaches, swarmOf } = this.#context;
    const other = at(remote);
    const swarm = other && reaches(this.#machine, other) ? swarmOf(other) : undefined;
    const view = other && swarm?.viewFrom(other);
    if (swarm === undefined || view === undefined) return "no manager";
    if (token !== swarm.workerToken) return rejections.otherSwarmsToken;
    if (view === "leaderless") return rejections.noLeader;
    if (view !== "answers") return "leader silent";
    swarm.admit(this.#machine);
    return "joined";
  }

  /** Continues a join in the background after its caller has given up. */
  async #retryJoin(remote: string, token: string, joining: AbortController): Promise<void> {
    while (!joining.signal.aborted && this.#tryJoin(remote, token) !== "joined")
      await this.#context.clock.sleep(joinRetryMs, joining.signal).catch(() => {});
    if (this.#machine.joining === joining) this.#machine.joining = undefined;
  }
}

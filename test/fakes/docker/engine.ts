// One engine of the twin as its client sees it: the Docker port, answering (and refusing) as dockerd would.
import { Observable } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
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
  /** The machine at host:port, whether or not it runs. */
  at(remote: string): FakeMachine | undefined;
  /** A new swarm with this machine as its only manager. */
  found(machine: FakeMachine): SwarmNodeId;
  /** The swarm in which this machine sits. */
  swarmOf(machine: FakeMachine): Swarm | undefined;
}

/** What one try at joining came to. */
type JoinTry = "joined" | "no manager" | "leader silent" | Rejection;

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
    const attempt = "tell its state";
    this.#mustRun(attempt);
    const swarm = this.#context.swarmOf(this.#machine);
    // A manager's engine asks its leader before it answers, and hangs as any other call does.
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
        error: view === "leaderless" ? rejections.noLeader.text : "",
        remoteManagers: swarm?.managerAddresses() ?? [],
      },
    };
  }

  async initSwarm({ advertiseAddress }: { advertiseAddress: string }): Promise<SwarmNodeId> {
    const attempt = `make a swarm at ${advertiseAddress}`;
    this.#mustBeFree(attempt);
    await this.#pass(attempt, this.#context.timings.joinMs);
    this.#mustBeFree(attempt);
    return this.#context.found(this.#machine);
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

    const effort = new AbortController();
    this.#machine.joining = effort;
    await this.#pass(attempt, joinMs);
    const outcome = this.#tryJoin(remote, token);
    if (outcome === "leader silent") {
      void this.#joinOn(remote, token, effort);
      await this.#pass(attempt, joinPatienceMs);
      if (this.#machine.membership === undefined) throw rejected(attempt, rejections.joinGoesOn);
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
    const swarm = await this.#governed("read the swarm");
    return { id: swarm.id, workerToken: swarm.workerToken };
  }

  async nodes(): Promise<SwarmNode[]> {
    return (await this.#governed("read the nodes")).nodes();
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
    const tasks = (await this.#governed(attempt)).tasksOn(node);
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

  /** The swarm, where this engine may govern it now. */
  async #governed(attempt: string): Promise<Swarm> {
    this.#mustRun(attempt);
    const swarm = this.#context.swarmOf(this.#machine);
    if (swarm === undefined) throw rejected(attempt, rejections.noSwarm);
    const view = await this.#awaitLeader(attempt, swarm);
    if (view === undefined) throw rejected(attempt, rejections.onlyWorker);
    if (view === "leaderless") throw rejected(attempt, rejections.noLeader);
    return swarm;
  }

  async #write(attempt: string, change: (swarm: Swarm) => Promise<Rejection | undefined>): Promise<void> {
    const rejection = await change(await this.#governed(attempt));
    this.#mustRun(attempt);
    if (rejection !== undefined) throw rejected(attempt, rejection);
  }

  /** Asks every second, as dockerd does, until there is a leader or hope or patience is gone. Undefined on a worker. */
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

  /** Lets time pass within a call; the engine may have died meanwhile. */
  async #pass(attempt: string, ms: number): Promise<void> {
    const { run } = this.#machine;
    await this.#context.clock.sleep(ms);
    if (!this.#machine.running || this.#machine.run !== run) throw noEngine(attempt, this.#machine.name);
  }

  #tryJoin(remote: string, token: string): JoinTry {
    const { at, reaches, swarmOf } = this.#context;
    const other = at(remote);
    const swarm = other && reaches(this.#machine, other) ? swarmOf(other) : undefined;
    const view = other && swarm?.viewFrom(other);
    if (swarm === undefined || view === undefined) return "no manager";
    if (token !== swarm.workerToken) return rejections.foreignToken;
    if (view === "leaderless") return rejections.noLeader;
    if (view !== "answers") return "leader silent";
    swarm.admit(this.#machine);
    return "joined";
  }

  /** The join that goes on when its caller has given up. */
  async #joinOn(remote: string, token: string, effort: AbortController): Promise<void> {
    while (!effort.signal.aborted && this.#tryJoin(remote, token) !== "joined")
      await this.#context.clock.sleep(joinRetryMs, effort.signal).catch(() => {});
    if (this.#machine.joining === effort) this.#machine.joining = undefined;
  }
}

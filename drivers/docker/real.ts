// The docker engine at a socket or behind an HTTP agent, over dockerode. Every call has a deadline, every answer is
// validated, and every failure is a DockerError.
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import type { Observable } from "rxjs";
import { type ZodType, z } from "zod";
import { type SwarmNodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { type Api, type Deadline, dockerApi, negotiate } from "./api.ts";
import { dockerError } from "./errors.ts";
import { changesOf, nodeEventStream } from "./events.ts";
import type { Docker, EngineInfo, JoinOptions, SwarmNode } from "./port.ts";
import { DockerError } from "./port.ts";
import {
  type NodeSpec,
  toInfo,
  toNode,
  unended,
  wireInfo,
  wireNode,
  wireNodeForUpdate,
  wireSwarm,
  wireTasks,
  wireVersion,
  withDrained,
} from "./wire.ts";

export interface DockerConnection {
  /** Path of the engine's unix socket. Default: /var/run/docker.sock. Not used with an agent. */
  readonly socket?: string;
  /** Makes the connections instead of the socket. */
  readonly agent?: Agent;
  /**
   * For each call except init, join and leave. Default 15 s (chosen), below the 20 s that the engine gives a swarm
   * call.
   */
  readonly timeoutMs?: number;
  /**
   * For init, join and leave. Default 45 s (chosen). The engine gives a join 20 s and then continues in the background.
   */
  readonly membershipTimeoutMs?: number;
}

const callTimeoutMs = 15_000;
const raftPort = 2377;
/** How often an update is tried when another writer is faster (chosen). */
const outOfSequenceAttempts = 5;

/**
 * Connects lazily: no engine needs to answer yet. Reconnects to an engine that was restarted or upgraded. Never throws.
 */
export function connectDocker(connection: DockerConnection = {}): Docker {
  return new Engine(connection);
}

/**
 * docker-modem formats each request for its debug log, even if nothing reads the log, and with it the agent and all its
 * sockets. That takes 5 to 8 ms (measured) in addition to the engine's 2 ms. This agent formats as one word.
 */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return "Agent";
  }
}

interface Negotiated {
  readonly api: Api;
  readonly apiVersion: string;
}

class Engine implements Docker {
  readonly #connection: DockerConnection;
  readonly #agent: Agent;
  readonly #closed = new AbortController();
  readonly #calls = new Set<AbortController>();
  #negotiated: Promise<Negotiated> | undefined;

  constructor(connection: DockerConnection) {
    this.#connection = connection;
    // A kept connection would fail with a reset after each restart of the engine. A new one costs nothing.
    this.#agent = connection.agent ?? new TerseAgent({ keepAlive: false });
  }

  async info(): Promise<EngineInfo> {
    const wire = await this.#call("report its state", wireInfo, (api, deadline) => api.info(deadline));
    return toInfo(wire, (await this.#negotiate()).apiVersion);
  }

  async initSwarm({ advertiseAddress }: { advertiseAddress: string }): Promise<SwarmNodeId> {
    const id = await this.#membership(`make a swarm at ${advertiseAddress}`, z.string().min(1), (api, deadline) =>
      api.swarmInit({
        ...deadline,
        _query: {},
        _body: { ListenAddr: `0.0.0.0:${raftPort}`, AdvertiseAddr: advertiseAddress },
      }),
    );
    return swarmNodeId(id);
  }

  /** Tries each remote, because docker dials only the first one, five times within 10 s, and then drops the join. */
  async joinSwarm({ remotes, token, advertiseAddress }: JoinOptions): Promise<void> {
    let unreachable: unknown = new DockerError("unreachable", "docker was asked to join a swarm at no address");
    for (const remote of remotes) {
      try {
        return await this.#joinAt(remote, token, advertiseAddress);
      } catch (error) {
        if (!(error instanceof DockerError && error.kind === "unreachable")) throw error;
        unreachable = error;
      }
    }
    throw unreachable;
  }

  async #joinAt(remote: string, token: string, advertiseAddress: string): Promise<void> {
    const attempt = `join the swarm at ${remote}`;
    await this.#membership(attempt, z.unknown(), (api, deadline) =>
      api.swarmJoin({
        ...deadline,
        _query: {},
        _body: {
          ListenAddr: `0.0.0.0:${raftPort}`,
          AdvertiseAddr: advertiseAddress,
          RemoteAddrs: [remote],
          JoinToken: token,
        },
      }),
    ).catch((error: unknown) => {
      throw error instanceof DockerError ? joinError(attempt, error) : error;
    });
  }

  async leaveSwarm({ force }: { force: boolean }): Promise<void> {
    await this.#membership("leave the swarm", z.unknown(), (api, deadline) =>
      api.swarmLeave({ ...deadline, _query: { force }, _body: {} }),
    );
  }

  async inspectSwarm(): Promise<{ id: string; workerToken: string }> {
    const swarm = await this.#call("read the swarm", wireSwarm, (api, deadline) => api.swarmInspect(deadline));
    return { id: swarm.ID, workerToken: swarm.JoinTokens.Worker };
  }

  nodes(): Promise<SwarmNode[]> {
    return this.#list("read the nodes");
  }

  async #list(attempt: string, filter: { filters?: string } = {}): Promise<SwarmNode[]> {
    const nodes = await this.#call(attempt, z.array(wireNode), (api, deadline) =>
      api.listNodes({ ...deadline, ...filter }),
    );
    return nodes.map(toNode);
  }

  setRole(node: SwarmNodeId, role: "manager" | "worker"): Promise<void> {
    return this.#update(node, `make node ${node} a ${role}`, spec =>
      spec.Role === role ? undefined : { ...spec, Role: role },
    );
  }

  setDrained(node: SwarmNodeId, drained: boolean): Promise<void> {
    const attempt = drained ? `drain node ${node}` : `let node ${node} take tasks again`;
    return this.#update(node, attempt, spec => withDrained(spec, drained));
  }

  async tasksOn(node: SwarmNodeId): Promise<number> {
    const tasks = await this.#call(`read the tasks on node ${node}`, wireTasks, (api, deadline) =>
      api.listTasks({ ...deadline, filters: { node: [node] } }),
    );
    return unended(tasks);
  }

  /** `change` returns the desired spec, or undefined if there is nothing to change. */
  async #update(node: SwarmNodeId, attempt: string, change: (spec: NodeSpec) => NodeSpec | undefined): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#updateOnce(node, attempt, change);
      } catch (error) {
        const raced = error instanceof DockerError && error.kind === "out-of-sequence";
        if (!raced || attempts === outOfSequenceAttempts) throw error;
        await delay(50 * attempts);
      }
    }
  }

  async #updateOnce(
    node: SwarmNodeId,
    attempt: string,
    change: (spec: NodeSpec) => NodeSpec | undefined,
  ): Promise<void> {
    const current = await this.#call(`read node ${node}`, wireNodeForUpdate, (api, deadline) =>
      api.getNode(node).inspect(deadline),
    );
    const spec = change(current.Spec);
    if (spec === undefined) return;
    await this.#call(attempt, z.unknown(), (api, deadline) =>
      api.getNode(node).update({
        ...deadline,
        _query: { version: current.Version.Index },
        _body: spec,
      }),
    );
  }

  async removeNode(node: SwarmNodeId, { force }: { force: boolean }): Promise<void> {
    await this.#call(`remove node ${node}`, z.unknown(), (api, deadline) =>
      api.getNode(node).remove({ ...deadline, _query: { force } }),
    );
  }

  nodeEvents(): Observable<void> {
    return nodeEventStream(
      async abortSignal => {
        const { api } = await this.#negotiate();
        // The stream opens shortly before the engine subscribes to its own events. "since" closes that gap.
        return api.getEvents({ abortSignal, since: Date.now() / 1000, filters: { type: ["node"] } });
      },
      this.#closed.signal,
      Math.random,
    );
  }

  managerEvents(): Observable<void> {
    return changesOf(() => this.#managersText(), this.#closed.signal);
  }

  /** The managers as the raft reports them, or the reason why it cannot. Used for comparison only. */
  async #managersText(): Promise<string> {
    try {
      const managers = await this.#list("read the managers", { filters: JSON.stringify({ role: ["manager"] }) });
      return JSON.stringify(managers.map(({ id, manager }) => [id, manager]));
    } catch (error) {
      return error instanceof DockerError ? error.kind : String(error);
    }
  }

  close(): void {
    this.#closed.abort();
    for (const call of this.#calls) call.abort();
  }

  #membership<T>(attempt: string, shape: ZodType<T>, run: (api: Api, deadline: Deadline) => Promise<unknown>) {
    return this.#call(attempt, shape, run, this.#connection.membershipTimeoutMs ?? 45_000);
  }

  /** One call of the negotiated API version, within its deadline. Its answer has the given shape. */
  async #call<T>(
    attempt: string,
    shape: ZodType<T>,
    run: (api: Api, deadline: Deadline) => Promise<unknown>,
    timeoutMs: number = this.#connection.timeoutMs ?? callTimeoutMs,
  ): Promise<T> {
    try {
      const { api } = await this.#negotiate();
      const parsed = shape.safeParse(await this.#within(timeoutMs, deadline => run(api, deadline)));
      if (parsed.success) return parsed.data;
      throw new DockerError("unexpected", `docker gave an invalid answer when asked to ${attempt}`, {
        cause: parsed.error,
      });
    } catch (error) {
      if (this.#closed.signal.aborted)
        throw new DockerError("unreachable", "this connection to docker was closed", { cause: error });
      const typed = dockerError(attempt, error);
      // The next engine behind this socket may have another version.
      if (typed.kind === "unreachable") this.#negotiated = undefined;
      throw typed;
    }
  }

  #negotiate(): Promise<Negotiated> {
    this.#negotiated ??= this.#askVersion().catch((error: unknown) => {
      this.#negotiated = undefined;
      throw error;
    });
    return this.#negotiated;
  }

  async #askVersion(): Promise<Negotiated> {
    const answer = await this.#within(callTimeoutMs, deadline => this.#api().version(deadline));
    const { ApiVersion, MinAPIVersion } = wireVersion.parse(answer);
    const apiVersion = negotiate({ least: MinAPIVersion, most: ApiVersion });
    return { api: this.#api(apiVersion), apiVersion };
  }

  #api(version?: string): Api {
    const { agent, socket = "/var/run/docker.sock" } = this.#connection;
    return dockerApi({ agent: this.#agent, socket: agent ? undefined : socket, version });
  }

  /** One signal per call. Composed signals would accumulate in the long-lived ones that they are composed of. */
  async #within<T>(timeoutMs: number, run: (deadline: Deadline) => Promise<T>): Promise<T> {
    const call = new AbortController();
    const timer = setTimeout(() => call.abort(), timeoutMs);
    this.#calls.add(call);
    if (this.#closed.signal.aborted) call.abort();
    try {
      return await run({ abortSignal: call.signal });
    } finally {
      clearTimeout(timer);
      this.#calls.delete(call);
    }
  }
}

/** The meaning of a failure for a join: there is no leader to lose yet, and the engine continues after a timeout. */
function joinError(attempt: string, error: DockerError): DockerError {
  if (error.kind === "timeout")
    return new DockerError("join-pending", `docker could not yet ${attempt} and keeps trying`, { cause: error });
  if (error.kind === "leader-lost") return new DockerError("unreachable", error.message, { cause: error });
  return error;
}

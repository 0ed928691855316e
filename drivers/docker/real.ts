// The docker engine at a socket (or behind any http agent), over dockerode. Every call has a deadline, every answer
// is checked, every failure is a DockerError.
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import Dockerode from "dockerode";
import type { Observable } from "rxjs";
import { type ZodType, z } from "zod";
import { swarmNodeId } from "../../crd-like-specs/ids.ts";
import { dockerError } from "./errors.ts";
import { nodeEventStream } from "./events.ts";
import type { Docker, EngineInfo, JoinOptions, SwarmNode } from "./port.ts";
import { DockerError } from "./port.ts";
import { toInfo, toNode, wireInfo, wireNode, wireNodeForUpdate, wireSwarm, wireVersion } from "./wire.ts";

export interface DockerConnection {
  /** Path of the engine's unix socket; /var/run/docker.sock unless an agent is given. */
  readonly socket?: string;
  /** Dials the engine instead of the socket. */
  readonly agent?: Agent;
  /** For each call but those below; 15 s. The engine itself gives a swarm call 20 s. */
  readonly timeoutMs?: number;
  /** For init, join and leave; 45 s. The engine gives a join 20 s and then goes on in the background. */
  readonly membershipTimeoutMs?: number;
}

/** The API version that we speak wherever the engine can: that of docker 20.10, the oldest supported. */
const spokenApi = "1.41";
const raftPort = 2377;
const outOfSequenceAttempts = 5;

/** Connects lazily: no engine needs to answer yet, and one that restarts (or is upgraded) is found again. */
export function connectDocker(connection: DockerConnection = {}): Docker {
  return new Engine(connection);
}

type Signal = { abortSignal: AbortSignal };
type Update = Signal & { _query: Record<string, unknown>; _body?: Record<string, unknown> };

/** The part of dockerode in use, typed as it behaves: it takes an abort signal everywhere and promises nothing of answers. */
interface Api {
  version(options: Signal): Promise<unknown>;
  info(options: Signal): Promise<unknown>;
  swarmInit(options: Update): Promise<unknown>;
  swarmJoin(options: Update): Promise<unknown>;
  swarmLeave(options: Update): Promise<unknown>;
  swarmInspect(options: Signal): Promise<unknown>;
  listNodes(options: Signal): Promise<unknown>;
  getNode(id: string): {
    inspect(options: Signal): Promise<unknown>;
    update(options: Update): Promise<unknown>;
    remove(options: Update): Promise<unknown>;
  };
  getEvents(options: Signal & { since: number; filters: { type: "node"[] } }): Promise<NodeJS.ReadableStream>;
}

interface Negotiated {
  readonly api: Api;
  readonly apiVersion: string;
}

class Engine implements Docker {
  readonly #connection: DockerConnection;
  readonly #agent: Agent;
  readonly #closed = new AbortController();
  #negotiated: Promise<Negotiated> | undefined;

  constructor(connection: DockerConnection) {
    this.#connection = connection;
    // A kept connection would greet us with a reset after each restart of the engine; a new one costs nothing.
    this.#agent = connection.agent ?? new Agent({ keepAlive: false });
  }

  async info(): Promise<EngineInfo> {
    let apiVersion = "";
    const wire = await this.#call("tell its state", wireInfo, (api, options, spoken) => {
      apiVersion = spoken;
      return api.info(options);
    });
    return toInfo(wire, apiVersion);
  }

  async initSwarm({ advertiseAddress }: { advertiseAddress: string }) {
    const id = await this.#membership(`make a swarm at ${advertiseAddress}`, z.string().min(1), (api, options) =>
      api.swarmInit({
        ...options,
        _query: {},
        _body: { ListenAddr: `0.0.0.0:${raftPort}`, AdvertiseAddr: advertiseAddress },
      }),
    );
    return swarmNodeId(id);
  }

  /** docker itself dials the first remote alone, five times within 10 s, and then forgets the join. */
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
    await this.#membership(attempt, z.unknown(), (api, options) =>
      api.swarmJoin({
        ...options,
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
    await this.#membership("leave the swarm", z.unknown(), (api, options) =>
      api.swarmLeave({ ...options, _query: { force }, _body: {} }),
    );
  }

  async inspectSwarm(): Promise<{ id: string; workerToken: string }> {
    const swarm = await this.#call("read the swarm", wireSwarm, (api, options) => api.swarmInspect(options));
    return { id: swarm.ID, workerToken: swarm.JoinTokens.Worker };
  }

  async nodes(): Promise<SwarmNode[]> {
    const nodes = await this.#call("read the nodes", z.array(wireNode), (api, options) => api.listNodes(options));
    return nodes.map(toNode);
  }

  async setRole(node: string, role: "manager" | "worker"): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#setRoleOnce(node, role);
      } catch (error) {
        const raced = error instanceof DockerError && error.kind === "out-of-sequence";
        if (!raced || attempt === outOfSequenceAttempts) throw error;
        await delay(50 * attempt, undefined, { signal: this.#closed.signal });
      }
    }
  }

  async #setRoleOnce(node: string, role: "manager" | "worker"): Promise<void> {
    const current = await this.#call(`read node ${node}`, wireNodeForUpdate, (api, options) =>
      api.getNode(node).inspect(options),
    );
    if (current.Spec.Role === role) return;
    await this.#call(`make node ${node} a ${role}`, z.unknown(), (api, options) =>
      api.getNode(node).update({
        ...options,
        _query: { version: current.Version.Index },
        _body: { ...current.Spec, Role: role },
      }),
    );
  }

  async removeNode(node: string, { force }: { force: boolean }): Promise<void> {
    await this.#call(`remove node ${node}`, z.unknown(), (api, options) =>
      api.getNode(node).remove({ ...options, _query: { force } }),
    );
  }

  nodeEvents(): Observable<void> {
    return nodeEventStream(async abortSignal => {
      const { api } = await this.#negotiate();
      // The stream begins a moment before the engine listens to itself: "since" closes that gap.
      return api.getEvents({ abortSignal, since: Date.now() / 1000, filters: { type: ["node"] } });
    }, this.#closed.signal);
  }

  close(): void {
    this.#closed.abort(new DockerError("unreachable", "this connection to docker was closed"));
    this.#agent.destroy();
  }

  #membership<T>(attempt: string, shape: ZodType<T>, run: (api: Api, options: Signal) => Promise<unknown>): Promise<T> {
    return this.#call(attempt, shape, run, this.#connection.membershipTimeoutMs ?? 45_000);
  }

  /** One call: negotiated, within its deadline, its answer of that shape. */
  async #call<T>(
    attempt: string,
    shape: ZodType<T>,
    run: (api: Api, options: Signal, apiVersion: string) => Promise<unknown>,
    timeoutMs: number = this.#connection.timeoutMs ?? 15_000,
  ): Promise<T> {
    try {
      const { api, apiVersion } = await this.#negotiate();
      const abortSignal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(timeoutMs)]);
      const answer = await run(api, { abortSignal }, apiVersion);
      const parsed = shape.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw new DockerError("unexpected", `docker's answer is not understood, asked to ${attempt}`, {
        cause: parsed.error,
      });
    } catch (error) {
      this.#closed.signal.throwIfAborted();
      const typed = dockerError(attempt, error);
      // The next engine behind this socket may be another version.
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
    const abortSignal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(15_000)]);
    const { ApiVersion, MinAPIVersion } = wireVersion.parse(await this.#client().version({ abortSignal }));
    const version = negotiate({ least: MinAPIVersion, most: ApiVersion });
    return { api: this.#client(`v${version}`), apiVersion: version };
  }

  #client(version?: string): Api {
    const options = {
      protocol: "http" as const,
      // Said outright, or DOCKER_HOST would win.
      host: this.#connection.agent ? "localhost" : undefined,
      socketPath: this.#connection.socket ?? "/var/run/docker.sock",
      agent: this.#agent,
      version,
    };
    return new Dockerode(options);
  }
}

/** What a failure means to one who wanted to join: there is no leader to lose yet, and an engine goes on joining alone. */
function joinError(attempt: string, error: DockerError): DockerError {
  if (error.kind === "timeout")
    return new DockerError("join-pending", `docker could not yet ${attempt}; it goes on trying`, { cause: error });
  if (error.kind === "leader-lost") return new DockerError("unreachable", error.message, { cause: error });
  return error;
}

/** The spoken version, or the engine's nearest: docker 29 refuses 1.41, an engine before 20.10 does not know it. */
export function negotiate({ least, most }: { least: string; most: string }, spoken: string = spokenApi): string {
  if (minor(spoken) < minor(least)) return least;
  return minor(spoken) > minor(most) ? most : spoken;
}

const minor = (version: string): number => Number(version.split(".")[1]);

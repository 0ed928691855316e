// dockerode with types that match its behaviour, and the choice of the API version.
import type { Agent } from "node:http";
import Dockerode from "dockerode";

export interface Deadline {
  abortSignal: AbortSignal;
}

/** dockerode puts flat options into the URL, secrets too. Query and body are therefore given separately. */
interface Update extends Deadline {
  _query: Record<string, unknown>;
  _body?: Record<string, unknown>;
}

/** The part of dockerode in use. Every call takes an abort signal, and no answer is trusted to have a shape. */
export interface Api {
  version(options: Deadline): Promise<unknown>;
  info(options: Deadline): Promise<unknown>;
  swarmInit(options: Update): Promise<unknown>;
  swarmJoin(options: Update): Promise<unknown>;
  swarmLeave(options: Update): Promise<unknown>;
  swarmInspect(options: Deadline): Promise<unknown>;
  listNodes(options: Deadline & { filters?: string }): Promise<unknown>;
  getNode(id: string): {
    inspect(options: Deadline): Promise<unknown>;
    update(options: Update): Promise<unknown>;
    remove(options: Update): Promise<unknown>;
  };
  listTasks(options: Deadline & { filters: { node: string[] } }): Promise<unknown>;
  getEvents(options: Deadline & { since: number; filters: { type: "node"[] } }): Promise<NodeJS.ReadableStream>;
}

export interface ApiTarget {
  readonly agent: Agent;
  /** Undefined where the agent makes the connections. */
  readonly socket: string | undefined;
  /** For example "1.41". Undefined: the engine's newest. */
  readonly version: string | undefined;
}

export function dockerApi({ agent, socket, version }: ApiTarget): Api {
  const options = {
    protocol: "http" as const,
    // Without an explicit value DOCKER_HOST would win.
    host: socket === undefined ? "localhost" : undefined,
    socketPath: socket,
    agent,
    version: version === undefined ? undefined : `v${version}`,
  };
  return new Dockerode(options);
}

/** The API of docker 20.10, the oldest supported version. Used wherever the engine supports it. */
const preferred = "1.41";

/**
 * The preferred version, or the nearest that the engine supports: docker 29 rejects 1.41, and an engine before 20.10
 * does not know it. Versions are texts like "1.41".
 */
export function negotiate({ least, most }: { least: string; most: string }): string {
  if (minor(preferred) < minor(least)) return least;
  return minor(preferred) > minor(most) ? most : preferred;
}

const minor = (version: string): number => Number(version.split(".")[1]);

// dockerode, typed as it behaves, and the choice of the API version to speak.
import type { Agent } from "node:http";
import Dockerode from "dockerode";

export interface Deadline {
  abortSignal: AbortSignal;
}

/** dockerode puts flat options into the URL, secrets too: query and body are said apart. */
interface Update extends Deadline {
  _query: Record<string, unknown>;
  _body?: Record<string, unknown>;
}

/** The part of dockerode in use: every call takes an abort signal, and nothing is promised of an answer. */
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
  /** Undefined where the agent dials by itself. */
  readonly socket: string | undefined;
  /** "1.41"; undefined speaks the engine's newest. */
  readonly version: string | undefined;
}

export function dockerApi({ agent, socket, version }: ApiTarget): Api {
  const options = {
    protocol: "http" as const,
    // Said outright, or DOCKER_HOST would win.
    host: socket === undefined ? "localhost" : undefined,
    socketPath: socket,
    agent,
    version: version === undefined ? undefined : `v${version}`,
  };
  return new Dockerode(options);
}

/** What we speak wherever the engine can: the API of docker 20.10, the oldest supported. */
const preferred = "1.41";

/** The preferred version, or the engine's nearest: docker 29 refuses 1.41, an engine before 20.10 does not know it. */
export function negotiate({ least, most }: { least: string; most: string }): string {
  if (minor(preferred) < minor(least)) return least;
  return minor(preferred) > minor(most) ? most : preferred;
}

const minor = (version: string): number => Number(version.split(".")[1]);

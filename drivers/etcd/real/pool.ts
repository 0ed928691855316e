// Which server is asked: one that is connected, the same one as long as it answers well.
// Connecting is tried at all at once, so a dead server costs nothing; it is also free of doubt, so that even a
// write may go on to the next server when no connection came about.
import type { Clock } from "../../clock/port.ts";
import { toEtcdError } from "../errors.ts";
import { EtcdError } from "../port.ts";
import { Endpoint, type Tls } from "./endpoint.ts";

const CONNECT_MS = 2_000;
/** One attempt of a read: short enough to ask another server well within a session's time. */
const READ_MS = 3_000;
/** A write waits out an election (1–2 s), because giving up leaves doubt. */
const WRITE_MS = 6_000;
/** Between asking all servers once and asking them again. */
const ROUND_MS = 100;
/** How long a server that failed is asked only when no other is connected. */
const REST_MS = 5_000;
/** A server outside the pool that was asked for its status is forgotten after this. */
const GUEST_IDLE_MS = 60_000;

export interface PoolOptions {
  readonly endpoints: readonly string[];
  readonly tls?: Tls | undefined;
  readonly clock: Clock;
  readonly log?: ((message: string) => void) | undefined;
}

interface Server {
  readonly endpoint: Endpoint;
  restsUntil: number;
  readonly underWay: Set<Promise<unknown>>;
  /** Ends each open stream with the error given. */
  readonly streams: Set<(error: EtcdError) => void>;
}

export class EndpointPool {
  #servers = new Map<string, Server>();
  #current: Server | undefined;
  readonly #guests = new Map<string, { endpoint: Endpoint; usedAt: number }>();
  readonly #options: PoolOptions;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.use(options.endpoints);
  }

  urls(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** Turns to these servers. Calls under way end by themselves; streams on servers left behind break now. */
  use(endpoints: readonly string[]): void {
    const wanted = [...new Set(endpoints.map(normal))];
    if (wanted.length === 0) throw new EtcdError("unexpected", "etcd: at least one endpoint is needed, none was given");
    if (wanted.join() === this.urls().join()) return;
    const before = this.#servers;
    const fresh = (url: string): Server => ({
      endpoint: new Endpoint(url, this.#options.tls),
      restsUntil: Number.NEGATIVE_INFINITY,
      underWay: new Set(),
      streams: new Set(),
    });
    this.#servers = new Map(wanted.map(url => [url, before.get(url) ?? fresh(url)]));
    for (const [url, server] of before) {
      if (!this.#servers.has(url)) leave(server, new EtcdError("unavailable", `etcd ${url}: no longer in use`));
    }
    if (this.#current && !this.#servers.has(this.#current.endpoint.url)) this.#current = undefined;
  }

  /** A read, or a write that may be repeated: goes on to the next server when one is unreachable or silent. */
  repeatable<T>(what: string, call: (endpoint: Endpoint, deadline: number) => Promise<T>): Promise<T> {
    return this.#attempt(what, false, call);
  }

  /** A write that must not be repeated: goes on to the next server only while it surely was not applied. */
  once<T>(what: string, call: (endpoint: Endpoint, deadline: number) => Promise<T>): Promise<T> {
    return this.#attempt(what, true, call);
  }

  /** Exactly this server, be it in the pool or not. */
  async exactly<T>(
    endpointUrl: string,
    what: string,
    writes: boolean,
    call: (endpoint: Endpoint, deadline: number) => Promise<T>,
  ): Promise<T> {
    this.#refuseWhenClosed(what);
    const url = normal(endpointUrl);
    const endpoint = this.#servers.get(url)?.endpoint ?? this.#guest(url);
    if (!(await endpoint.connected(CONNECT_MS))) throw await unreachable([endpoint], what);
    return ask(endpoint, what, writes, call);
  }

  /**
   * Opens a stream on a connected server. `onLost` is told when the pool leaves that server; the function
   * returned ends the bookkeeping, and rests the server when it was the server that `failed`.
   */
  async stream<T>(
    what: string,
    open: (endpoint: Endpoint) => Promise<T>,
    onLost: (error: EtcdError) => void,
  ): Promise<{ stream: T; url: string; done(failed: boolean): void }> {
    this.#refuseWhenClosed(what);
    const server = await this.#connected(what, new Set());
    const url = server.endpoint.url;
    server.streams.add(onLost);
    try {
      const stream = await open(server.endpoint);
      const done = (failed: boolean) => {
        server.streams.delete(onLost);
        if (failed) this.#rest(server);
      };
      return { stream, url, done };
    } catch (cause) {
      server.streams.delete(onLost);
      this.#rest(server);
      throw toEtcdError(cause, { what, endpoint: url, writes: false });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const server of this.#servers.values()) leave(server, closed("watch"));
    for (const { endpoint } of this.#guests.values()) endpoint.close();
  }

  async #attempt<T>(
    what: string,
    writes: boolean,
    call: (endpoint: Endpoint, deadline: number) => Promise<T>,
  ): Promise<T> {
    const { clock, log } = this.#options;
    const begun = clock.monotonic();
    const asked = new Set<Server>();
    for (;;) {
      this.#refuseWhenClosed(what);
      const server = await this.#connected(what, asked);
      if (!this.#uses(server)) continue; // the endpoints were exchanged meanwhile
      asked.add(server);
      const answer = ask(server.endpoint, what, writes, call);
      server.underWay.add(answer);
      try {
        return await answer;
      } catch (error) {
        if (!(error instanceof EtcdError) || (error.kind !== "unavailable" && error.kind !== "timeout")) throw error;
        this.#rest(server);
        log?.(error.message);
        if (error.maybeApplied) throw error;
        if ([...this.#servers.values()].some(other => !asked.has(other))) continue;
        // All have answered that they cannot: an election, most often, which is over within the time of a read.
        if (clock.monotonic() - begun > READ_MS) throw error;
        asked.clear();
        await clock.sleep(ROUND_MS);
      } finally {
        server.underWay.delete(answer);
      }
    }
  }

  /** The present server if it is fit; else the first to be connected of those awake; else of all not yet asked. */
  async #connected(what: string, asked: ReadonlySet<Server>): Promise<Server> {
    const now = this.#options.clock.monotonic();
    const left = [...this.#servers.values()].filter(server => !asked.has(server));
    const awake = left.filter(server => server.restsUntil <= now);
    const current = this.#current;
    if (current && awake.includes(current) && (await current.endpoint.connected(0))) return current;
    for (const candidates of [awake, left]) {
      const first = await firstConnected(candidates);
      if (first === undefined) continue;
      this.#current = first;
      return first;
    }
    throw await unreachable(
      [...this.#servers.values()].map(server => server.endpoint),
      what,
    );
  }

  #uses(server: Server): boolean {
    return this.#servers.get(server.endpoint.url) === server;
  }

  #rest(server: Server): void {
    server.restsUntil = this.#options.clock.monotonic() + REST_MS;
  }

  #guest(url: string): Endpoint {
    const now = this.#options.clock.monotonic();
    for (const [other, guest] of this.#guests) {
      if (other === url || now - guest.usedAt < GUEST_IDLE_MS) continue;
      guest.endpoint.close();
      this.#guests.delete(other);
    }
    const endpoint = this.#guests.get(url)?.endpoint ?? new Endpoint(url, this.#options.tls);
    this.#guests.set(url, { endpoint, usedAt: now });
    return endpoint;
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closed) throw closed(what);
  }
}

async function ask<T>(
  endpoint: Endpoint,
  what: string,
  writes: boolean,
  call: (endpoint: Endpoint, deadline: number) => Promise<T>,
): Promise<T> {
  try {
    return await call(endpoint, Date.now() + (writes ? WRITE_MS : READ_MS));
  } catch (cause) {
    throw toEtcdError(cause, { what, endpoint: endpoint.url, writes });
  }
}

function firstConnected(servers: readonly Server[]): Promise<Server | undefined> {
  const attempts = servers.map(async server => {
    if (await server.endpoint.connected(CONNECT_MS)) return server;
    throw new Error("not connected");
  });
  return Promise.any(attempts).catch(() => undefined);
}

/** Streams break at once; the connection is closed when the calls under way are done, which their deadlines bound. */
function leave(server: Server, error: EtcdError): void {
  for (const end of [...server.streams]) end(error);
  void Promise.allSettled([...server.underWay]).then(() => server.endpoint.close());
}

/** Two spellings of one server must not count as two. */
const normal = (url: string): string => url.replace(/\/+$/, "");

const closed = (what: string) => new EtcdError("closed", `etcd: ${what}: this client was closed`);

async function unreachable(endpoints: readonly Endpoint[], what: string): Promise<EtcdError> {
  const each = endpoints.map(async endpoint => `${endpoint.url} (${await endpoint.connectionProblem()})`);
  return new EtcdError("unavailable", `etcd: ${what}: no connection to ${(await Promise.all(each)).join(", ")}`);
}

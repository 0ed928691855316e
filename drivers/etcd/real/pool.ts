// Which server is asked: one that is connected, the same one as long as it answers well.
// Connecting is tried at all at once, so a dead server costs nothing; it is also free of doubt, so that even a
// write may go on to the next server when no connection came about.
import type { Clock } from "../../clock/port.ts";
import { toEtcdError } from "../errors.ts";
import { EtcdError } from "../port.ts";
import type { Endpoint, Tls } from "./endpoint.ts";
import { type Call, READ_MS, Server } from "./server.ts";

/** No new round begins after this: room for one over a new connection, where the only server fell silent. */
const ROUNDS_MS = READ_MS + 1_000;
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
  /** Told of each server that failed a call or broke a stream, even where another then answers. */
  readonly log?: ((message: string) => void) | undefined;
}

export class EndpointPool {
  #servers = new Map<string, Server>();
  #current: Server | undefined;
  readonly #guests = new Map<string, { server: Server; usedAt: number }>();
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
    this.#servers = new Map(wanted.map(url => [url, before.get(url) ?? new Server(url, this.#options.tls)]));
    for (const [url, server] of before) {
      if (!this.#servers.has(url)) server.leave(new EtcdError("unavailable", `etcd ${url}: no longer in use`));
    }
    if (this.#current?.left) this.#current = undefined;
  }

  /** A read, or a write that may be repeated: goes on to the next server when one is unreachable or silent. */
  repeatable<T>(what: string, call: Call<T>): Promise<T> {
    return this.#attempt(what, false, call);
  }

  /** A write that must not be repeated: goes on to the next server only while it surely was not applied. */
  once<T>(what: string, call: Call<T>): Promise<T> {
    return this.#attempt(what, true, call);
  }

  /** Exactly this server, be it in the pool or not. */
  async exactly<T>(url: string, what: string, writes: boolean, call: Call<T>): Promise<T> {
    this.#refuseWhenClosed(what);
    const server = this.#servers.get(normal(url)) ?? this.#guest(normal(url));
    if (!(await server.connects())) throw await unreachable([server], what);
    try {
      return await server.ask(what, writes, call);
    } catch (error) {
      if (failsServer(error)) server.reconnect(); // a connection gone silent would stay so for minutes
      throw error;
    }
  }

  /**
   * Opens a stream on a connected server. `onLost` is told when the pool leaves that server. `done` ends the
   * bookkeeping; with an error it rests the server.
   */
  async stream<T>(
    what: string,
    open: (endpoint: Endpoint) => Promise<T>,
    onLost: (error: EtcdError) => void,
  ): Promise<{ stream: T; url: string; done(failure?: EtcdError): void }> {
    const server = await this.#connected(what, new Set());
    if (server === undefined) throw await unreachable([...this.#servers.values()], what);
    try {
      const opened = await server.stream(open, onLost);
      const done = (failure?: EtcdError) => {
        opened.done();
        if (failure) this.#rest(server, failure);
      };
      return { stream: opened.stream, url: server.url, done };
    } catch (cause) {
      const error = toEtcdError(cause, { what, endpoint: server.url, writes: false });
      this.#rest(server, error);
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const server of this.#servers.values()) server.leave(closed("watch"));
    for (const { server } of this.#guests.values()) server.leave(closed("call"));
  }

  async #attempt<T>(what: string, writes: boolean, call: Call<T>): Promise<T> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const asked = new Set<Server>();
    let failure: EtcdError | undefined;
    for (;;) {
      const server = await this.#connected(what, asked);
      if (server === undefined) {
        // Whoever can be reached has answered that it cannot: an election, most often, which is over in a moment.
        if (failure === undefined) throw await unreachable([...this.#servers.values()], what);
        if (clock.monotonic() - begun > ROUNDS_MS) throw failure;
        asked.clear();
        await clock.sleep(ROUND_MS);
        continue;
      }
      asked.add(server);
      try {
        return await server.ask(what, writes, call);
      } catch (error) {
        if (!failsServer(error)) throw error;
        this.#rest(server, error);
        if (error.maybeApplied) throw error;
        failure = error;
      }
    }
  }

  /** The present server if it is fit; else the first to be connected of those awake; else of those that rest. */
  async #connected(what: string, asked: ReadonlySet<Server>): Promise<Server | undefined> {
    this.#refuseWhenClosed(what);
    const now = this.#options.clock.monotonic();
    const open = [...this.#servers.values()].filter(server => !asked.has(server));
    const awake = open.filter(server => server.restsUntil <= now);
    const resting = open.filter(server => !awake.includes(server));
    const current = this.#current;
    const present = current && awake.includes(current) && (await current.isConnected()) ? current : undefined;
    const first = present ?? (await firstConnected(awake)) ?? (await firstConnected(resting));
    if (open.some(server => server.left)) return this.#connected(what, asked); // endpoints were exchanged meanwhile
    this.#current = first ?? this.#current;
    return first;
  }

  #rest(server: Server, because: EtcdError): void {
    this.#options.log?.(because.message);
    server.restsUntil = this.#options.clock.monotonic() + REST_MS;
    server.reconnect();
  }

  #guest(url: string): Server {
    const now = this.#options.clock.monotonic();
    for (const [other, guest] of this.#guests) {
      if (other === url || now - guest.usedAt < GUEST_IDLE_MS) continue;
      guest.server.leave(closed("call"));
      this.#guests.delete(other);
    }
    const server = this.#guests.get(url)?.server ?? new Server(url, this.#options.tls);
    this.#guests.set(url, { server, usedAt: now });
    return server;
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closed) throw closed(what);
  }
}

function firstConnected(servers: readonly Server[]): Promise<Server | undefined> {
  const attempts = servers.map(async server => {
    if (await server.connects()) return server;
    throw new Error("not connected");
  });
  return Promise.any(attempts).catch(() => undefined);
}

/** Another server, or another connection, may do better. */
function failsServer(error: unknown): error is EtcdError {
  return error instanceof EtcdError && (error.kind === "unavailable" || error.kind === "timeout");
}

/** Two spellings of one server must not count as two. */
const normal = (url: string): string => url.replace(/\/+$/, "");

const closed = (what: string) => new EtcdError("closed", `etcd: ${what}: this client was closed`);

async function unreachable(servers: readonly Server[], what: string): Promise<EtcdError> {
  const problems = await Promise.all(servers.map(server => server.problem()));
  return new EtcdError("unavailable", `etcd: ${what}: no connection to ${problems.join(", ")}`);
}

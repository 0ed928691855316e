// Chooses the server for a call: a connected one, and the same one as long as it answers. All servers are connected to
// at the same time, so a dead one costs no time. A failed connection is unambiguous: then even a write may continue
// with the next server.
import type { Clock } from "../../clock/port.ts";
import { toEtcdError } from "../errors.ts";
import { EtcdError } from "../port.ts";
import type { Endpoint, Tls } from "./endpoint.ts";
import { type Call, READ_MS, Server } from "./server.ts";

/**
 * No new round begins after this time. Derived: it leaves room for one read over a new connection to a silent server.
 */
const ROUNDS_MS = READ_MS + 1_000;
/** The wait between two rounds through all servers (chosen). */
const ROUND_MS = 100;
/** How long a server that failed is used only if no other is connected (chosen). */
const COOL_DOWN_MS = 5_000;
/** The connection to a server outside the pool is closed after this time without a call (chosen). */
const OUTSIDER_IDLE_MS = 60_000;

export interface PoolOptions {
  readonly endpoints: readonly string[];
  readonly tls?: Tls | undefined;
  readonly clock: Clock;
  /** Called for each server that failed a call or broke a stream, even if another one then answers. */
  readonly log?: ((message: string) => void) | undefined;
}

export class EndpointPool {
  #servers = new Map<string, Server>();
  #current: Server | undefined;
  readonly #outsiders = new Map<string, { server: Server; usedAt: number }>();
  readonly #options: PoolOptions;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.use(options.endpoints);
  }

  urls(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** Uses these servers from now on. Running calls end on their own. Streams on servers no longer used break now. */
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

  /** A read, or a write that may be repeated. Continues with the next server when one is unreachable or silent. */
  repeatable<T>(what: string, call: Call<T>): Promise<T> {
    return this.#attempt(what, false, call);
  }

  /** A write that must not be repeated. Continues with the next server only if it was certainly not applied. */
  once<T>(what: string, call: Call<T>): Promise<T> {
    return this.#attempt(what, true, call);
  }

  /** Asks only this server, which may be outside the pool. */
  async exactly<T>(url: string, what: string, writes: boolean, call: Call<T>): Promise<T> {
    this.#throwIfClosed(what);
    const server = this.#servers.get(normal(url)) ?? this.#outsider(normal(url));
    if (!(await server.connects())) throw await unreachable([server], what);
    try {
      return await server.ask(what, writes, call);
    } catch (error) {
      if (failsServer(error)) server.reconnect(); // a silent connection would stay silent for minutes
      throw error;
    }
  }

  /**
   * Opens a stream on a connected server. `onLost` is called when the pool no longer uses that server. Call `done` when
   * the stream is over; with an error, the server gets a cool-down.
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
        if (failure) this.#coolDown(server, failure);
      };
      return { stream: opened.stream, url: server.url, done };
    } catch (cause) {
      const error = toEtcdError(cause, { what, endpoint: server.url, writes: false });
      this.#coolDown(server, error);
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const server of this.#servers.values()) server.leave(closed("watch"));
    for (const { server } of this.#outsiders.values()) server.leave(closed("call"));
  }

  async #attempt<T>(what: string, writes: boolean, call: Call<T>): Promise<T> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    const asked = new Set<Server>();
    let failure: EtcdError | undefined;
    for (;;) {
      const server = await this.#connected(what, asked);
      if (server === undefined) {
        // Every reachable server has failed. Most often that is an election, which ends soon.
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
        this.#coolDown(server, error);
        if (error.maybeApplied) throw error;
        failure = error;
      }
    }
  }

  /** The current server if usable; else the first to connect, of those without a cool-down before the others. */
  async #connected(what: string, asked: ReadonlySet<Server>): Promise<Server | undefined> {
    this.#throwIfClosed(what);
    const now = this.#options.clock.monotonic();
    const open = [...this.#servers.values()].filter(server => !asked.has(server));
    const preferred = open.filter(server => server.coolDownUntil <= now);
    const cooling = open.filter(server => !preferred.includes(server));
    const current = this.#current;
    const usable = current && preferred.includes(current) && (await current.isConnected()) ? current : undefined;
    const first = usable ?? (await firstConnected(preferred)) ?? (await firstConnected(cooling));
    if (open.some(server => server.left)) return this.#connected(what, asked); // the endpoints were changed in the meantime
    this.#current = first ?? this.#current;
    return first;
  }

  #coolDown(server: Server, failure: EtcdError): void {
    this.#options.log?.(failure.message);
    server.coolDownUntil = this.#options.clock.monotonic() + COOL_DOWN_MS;
    server.reconnect();
  }

  #outsider(url: string): Server {
    const now = this.#options.clock.monotonic();
    for (const [other, outsider] of this.#outsiders) {
      if (other === url || now - outsider.usedAt < OUTSIDER_IDLE_MS) continue;
      outsider.server.leave(closed("call"));
      this.#outsiders.delete(other);
    }
    const server = this.#outsiders.get(url)?.server ?? new Server(url, this.#options.tls);
    this.#outsiders.set(url, { server, usedAt: now });
    return server;
  }

  #throwIfClosed(what: string): void {
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

/** Whether another server or another connection may succeed. */
function failsServer(error: unknown): error is EtcdError {
  return error instanceof EtcdError && (error.kind === "unavailable" || error.kind === "timeout");
}

/** Without a trailing slash, so that two spellings of one server do not count as two. */
const normal = (url: string): string => url.replace(/\/+$/, "");

const closed = (what: string) => new EtcdError("closed", `etcd: ${what}: this client was closed`);

async function unreachable(servers: readonly Server[], what: string): Promise<EtcdError> {
  const problems = await Promise.all(servers.map(server => server.problem()));
  return new EtcdError("unavailable", `etcd: ${what}: no connection to ${problems.join(", ")}`);
}

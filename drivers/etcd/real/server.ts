// One server of the pool: its current connection, the calls and streams on it, and how to leave it without losing a
// call. After a failure it reconnects, because behind a TCP gateway the next connection may lead to a healthier member.
import { toEtcdError } from "../errors.ts";
import type { EtcdError } from "../port.ts";
import { Endpoint, type Tls } from "./endpoint.ts";

/** How long a call waits for a connection (chosen). */
const CONNECT_MS = 2_000;
/** A connection attempt without an answer is replaced after this time (chosen). */
const ATTEMPT_MS = 5_000;
/** The limit of one read. Derived: short enough to ask another server well within a session's time. */
export const READ_MS = 3_000;
/** The limit of a write. Derived: longer than an election (1–2 s), because an abandoned write may have been applied. */
const WRITE_MS = 6_000;

/** `deadline` is wall time in milliseconds, as gRPC requires. */
export type Call<T> = (endpoint: Endpoint, deadline: number) => Promise<T>;

interface Connection {
  readonly endpoint: Endpoint;
  /** Monotonic, in milliseconds. */
  readonly madeAt: number;
  /** Calls that have no answer yet. */
  readonly underWay: Set<Promise<unknown>>;
  /** Each ends one open stream with the given error. */
  readonly streams: Set<(error: EtcdError) => void>;
  retired: boolean;
}

export class Server {
  readonly url: string;
  /** Until this monotonic time the server is used only if no other is connected. */
  coolDownUntil = Number.NEGATIVE_INFINITY;
  readonly #tls: Tls | undefined;
  #connection: Connection;
  #left = false;

  constructor(url: string, tls: Tls | undefined) {
    this.url = url;
    this.#tls = tls;
    this.#connection = this.#fresh();
  }

  /** The pool no longer uses this server. */
  get left(): boolean {
    return this.#left;
  }

  /** Whether there is a connection right now. */
  isConnected(): Promise<boolean> {
    return this.#connection.endpoint.connected(0).then(state => state === "ready");
  }

  /** Connects if necessary. False if the server refuses or has not answered within 2 s. */
  async connects(): Promise<boolean> {
    const connection = this.#connection;
    const state = await connection.endpoint.connected(CONNECT_MS);
    // gRPC would keep this attempt for 20 s. Its socket cannot be cancelled, and the kernel retries for two minutes.
    // All waiting calls therefore share one new attempt, at most every ATTEMPT_MS.
    const stale = performance.now() - connection.madeAt > ATTEMPT_MS;
    if (state === "pending" && stale && connection === this.#connection) this.reconnect();
    return state === "ready";
  }

  /** The URL and the reason why there is no connection. */
  async problem(): Promise<string> {
    return `${this.url} (${await this.#connection.endpoint.connectionProblem()})`;
  }

  /** One attempt. Any failure is an EtcdError. */
  async ask<T>(what: string, writes: boolean, call: Call<T>): Promise<T> {
    const connection = this.#connection;
    const answer = call(connection.endpoint, Date.now() + (writes ? WRITE_MS : READ_MS));
    connection.underWay.add(answer);
    try {
      return await answer;
    } catch (cause) {
      throw toEtcdError(cause, { what, endpoint: this.url, writes });
    } finally {
      connection.underWay.delete(answer);
      closeWhenDone(connection);
    }
  }

  /** Opens a stream. `onLost` is called when the pool leaves the server. Call `done` when the stream is over. */
  async stream<T>(
    open: (endpoint: Endpoint) => Promise<T>,
    onLost: (error: EtcdError) => void,
  ): Promise<{ stream: T; done(): void }> {
    const connection = this.#connection;
    const done = () => {
      connection.streams.delete(onLost);
      closeWhenDone(connection);
    };
    connection.streams.add(onLost);
    try {
      return { stream: await open(connection.endpoint), done };
    } catch (cause) {
      done();
      throw cause;
    }
  }

  /** The next call uses a new connection. Calls and streams on the old one may end in their own time. */
  reconnect(): void {
    if (this.#left) return;
    retire(this.#connection);
    this.#connection = this.#fresh();
  }

  /** Streams break now. Calls end by their own deadlines. */
  leave(error: EtcdError): void {
    this.#left = true;
    for (const end of [...this.#connection.streams]) end(error);
    retire(this.#connection);
  }

  #fresh(): Connection {
    const endpoint = new Endpoint(this.url, this.#tls);
    return { endpoint, madeAt: performance.now(), underWay: new Set(), streams: new Set(), retired: false };
  }
}

function retire(connection: Connection): void {
  connection.retired = true;
  closeWhenDone(connection);
}

function closeWhenDone({ endpoint, underWay, streams, retired }: Connection): void {
  if (retired && underWay.size === 0 && streams.size === 0) endpoint.close();
}

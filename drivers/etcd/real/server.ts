// One server of the pool: its present connection, what runs over it, and how it is left without losing a call.
// After a failure it is connected anew: behind a TCP gateway the next connection may lead to a healthier member.
import { toEtcdError } from "../errors.ts";
import type { EtcdError } from "../port.ts";
import { Endpoint, type Tls } from "./endpoint.ts";

const CONNECT_MS = 2_000;
/** An attempt that has got no answer for so long is given up for a new one. */
const ATTEMPT_MS = 5_000;
/** One attempt of a read: short enough to ask another server well within a session's time. */
export const READ_MS = 3_000;
/** A write waits out an election (1–2 s), because giving up leaves doubt. */
const WRITE_MS = 6_000;

/** `deadline` is wall time in milliseconds, as gRPC wants it. */
export type Call<T> = (endpoint: Endpoint, deadline: number) => Promise<T>;

interface Connection {
  readonly endpoint: Endpoint;
  /** Monotonic, in milliseconds. */
  readonly madeAt: number;
  /** Calls without an answer yet. */
  readonly underWay: Set<Promise<unknown>>;
  /** Ends each open stream with the error given. */
  readonly streams: Set<(error: EtcdError) => void>;
  retired: boolean;
}

export class Server {
  readonly url: string;
  /** Monotonic time until which it is asked only when no other is connected. */
  restsUntil = Number.NEGATIVE_INFINITY;
  readonly #tls: Tls | undefined;
  #connection: Connection;
  #left = false;

  constructor(url: string, tls: Tls | undefined) {
    this.url = url;
    this.#tls = tls;
    this.#connection = this.#fresh();
  }

  /** The pool has turned to others. */
  get left(): boolean {
    return this.#left;
  }

  /** Whether a connection stands right now. */
  isConnected(): Promise<boolean> {
    return this.#connection.endpoint.connected(0).then(state => state === "ready");
  }

  /** Makes a connection if need be; false when the server refuses, or has not answered within 2 s. */
  async connects(): Promise<boolean> {
    const connection = this.#connection;
    const state = await connection.endpoint.connected(CONNECT_MS);
    // gRPC itself would hold on to this attempt for 20 s. Its socket cannot be called back, and the kernel tries on for
    // two minutes: many waiters make one new attempt, and not too often.
    const stale = performance.now() - connection.madeAt > ATTEMPT_MS;
    if (state === "pending" && stale && connection === this.#connection) this.reconnect();
    return state === "ready";
  }

  /** Its own words for why there is no connection. */
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

  /** Opens a stream; `onLost` is told when the server is left. Call `done` when the stream is over. */
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

  /** The next call goes over a new connection; what runs over the old one may end in its own time. */
  reconnect(): void {
    if (this.#left) return;
    retire(this.#connection);
    this.#connection = this.#fresh();
  }

  /** Streams break now, calls end by their own deadlines. */
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

// One etcd server through one etcd3 client: its connectivity and its raw streams. etcd3's own pool shuffles servers,
// retries writes and cuts streams, so pool.ts replaces it. cockatiel's `noop` turns off etcd3's retries; etcd3's option
// requires a policy of that library. The waits between attempts come from drivers/clock/backoff.ts, because cockatiel's
// timers do not use the port `Clock`.
import { noop } from "cockatiel";
import type { IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import { Etcd3, type ILeaseKeepAliveRequest, type ILeaseKeepAliveResponse, type IOptions } from "etcd3";
import { readBarrier } from "./wire.ts";

/** PEM texts for https endpoints. An http endpoint is used without encryption. */
export interface Tls {
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** More than etcd's limit: it rejects pings more often than every 5 s with "excess pings". */
const KEEPALIVE_MS = 6_000;
/** How long a ping may remain without an answer (chosen). */
const KEEPALIVE_TIMEOUT_MS = 2_000;
/** How long to wait for a channel's reason (chosen). A channel that has failed reports it immediately. */
const PROBLEM_MS = 200;
/** gRPC's waits between two attempts to connect (chosen). */
const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 1_000;

/** The numbers of grpc-js for the states of a channel. */
const READY = 2;
const TRANSIENT_FAILURE = 3;
const SHUTDOWN = 4;

export type Connectivity = "ready" | "failed" | "pending";

interface Channel {
  getConnectivityState(tryToConnect: boolean): number;
  watchConnectivityState(from: number, deadline: number, callback: (error?: Error) => void): void;
}

export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;
type Open<Stream> = (metadata: { set(key: string, value: string): void }, options: object) => Stream;

export class Endpoint extends Etcd3 {
  readonly url: string;
  #problem = "no answer";

  constructor(url: string, tls: Tls | undefined) {
    endpointsMade++;
    super(clientOptions(url, tls, endpointsMade));
    this.url = url;
  }

  /**
   * Connects if necessary. Resolves to "ready", to "failed" as soon as the server refuses, or to "pending" if neither
   * happened within `ms`. Never rejects.
   */
  connected(ms: number): Promise<Connectivity> {
    const deadline = Date.now() + ms;
    const attempt = this.pool.withConnection("KV", ({ client }) => becomesReady(client.getChannel(), deadline));
    return attempt.catch((): Connectivity => "failed"); // this endpoint was closed
  }

  /**
   * Why there is no connection, as gRPC reports it: a refused connection, a certificate, a name that does not resolve.
   * gRPC reports the reason only to the first channel that used the connection, so the last reason is stored.
   */
  async connectionProblem(): Promise<string> {
    try {
      await this.kv.range(readBarrier, { deadline: Date.now() + PROBLEM_MS });
      return "it answers again now";
    } catch (error) {
      const text = error instanceof Error ? error.message.replace(/^\d+ [A-Z_]+: /, "") : String(error);
      const reason = /Last error: (?:Error: )?(.*?)\. Resolution note/.exec(text)?.[1] ?? text;
      // The deadline is our own and explains nothing. The stored reason does.
      if (reason !== "null" && !reason.startsWith("Deadline exceeded")) this.#problem = reason;
      return this.#problem;
    }
  }

  /** A watch stream. The server breaks it within seconds when it loses its leader (`hasleader`). */
  watchStream(): Promise<WatchStream> {
    return this.pool.withConnection("Watch", ({ client, metadata }) => {
      metadata.set("hasleader", "true");
      const { watch } = client as unknown as { watch: Open<WatchStream> };
      return watch.call(client, metadata, {});
    });
  }

  /** Renews one lease. Resolves to the server's answer, or rejects by `deadline` (wall time in milliseconds). */
  async keepLeaseAlive(id: string, deadline: number): Promise<ILeaseKeepAliveResponse> {
    const stream = await this.pool.withConnection("Lease", ({ client, metadata }) => {
      type KeepAlive = IDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>;
      const { leaseKeepAlive } = client as unknown as { leaseKeepAlive: Open<KeepAlive> };
      return leaseKeepAlive.call(client, metadata, { deadline });
    });
    return new Promise((resolve, reject) => {
      stream.on("data", answer => {
        resolve(answer);
        stream.end();
      });
      stream.on("error", reject);
      stream.on("end", () => reject(new Error("the keep-alive stream ended without an answer")));
      stream.write({ ID: id });
    });
  }
}

function becomesReady(channel: Channel, deadline: number): Promise<Connectivity> {
  return new Promise(resolve => {
    const observe = () => {
      const state = channel.getConnectivityState(true);
      if (state === READY) resolve("ready");
      else if (state === TRANSIENT_FAILURE || state === SHUTDOWN) resolve("failed");
      else channel.watchConnectivityState(state, deadline, late => (late ? resolve("pending") : observe()));
    };
    observe();
  });
}

/** A different option for each endpoint, because gRPC shares connections between channels with equal options. */
let endpointsMade = 0;

function clientOptions(url: string, tls: Tls | undefined, serial: number): IOptions {
  const secure = tls !== undefined && url.startsWith("https:");
  return {
    hosts: [url],
    ...(secure && {
      credentials: {
        rootCertificate: Buffer.from(tls.ca),
        certChain: Buffer.from(tls.cert),
        privateKey: Buffer.from(tls.key),
      },
    }),
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      "grpc.max_receive_message_length": -1,
      "grpc.keepalive_time_ms": KEEPALIVE_MS,
      "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
      "grpc.initial_reconnect_backoff_ms": RECONNECT_FIRST_MS,
      "grpc.max_reconnect_backoff_ms": RECONNECT_MOST_MS,
      "swarmkeeper.endpoint": serial,
      "grpc.enable_http_proxy": 0, // members are addressed directly, not through a web proxy
    },
  };
}

// One etcd server, through one etcd3 client: whether it can be reached, and its raw streams.
// etcd3's own pool over many servers shuffles them, retries writes and cuts streams; ours is pool.ts. cockatiel is here for
// etcd3 alone, whose option takes a policy of that library's type: noop turns etcd3's own retries off. How long we wait
// between attempts is drivers/clock/backoff.ts: cockatiel's timers do not go by our clock.
import { noop } from "cockatiel";
import type { IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import { Etcd3, type ILeaseKeepAliveRequest, type ILeaseKeepAliveResponse, type IOptions } from "etcd3";
import { readBarrier } from "./wire.ts";

/** PEM texts. Used for https endpoints; an http one is spoken to in the clear. */
export interface Tls {
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

const KEEPALIVE_MS = 6_000; // etcd answers pings more often than every 5 s with "excess pings"
const KEEPALIVE_TIMEOUT_MS = 2_000;
/** A channel that has failed says why at once; one that still tries has no more to say than this. */
const PROBLEM_MS = 200;
const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 1_000;

/** grpc-js' numbers for the states of a channel. */
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
   * Whether a connection stands, made if need be within `ms`: "failed" as soon as the server refuses, "pending"
   * when nothing was decided by then.
   */
  connected(ms: number): Promise<Connectivity> {
    const deadline = Date.now() + ms;
    const attempt = this.pool.withConnection("KV", ({ client }) => becomesReady(client.getChannel(), deadline));
    return attempt.catch((): Connectivity => "failed"); // this endpoint was closed
  }

  /**
   * Why no connection comes about, in the words of gRPC: a refusal, a certificate, a name that does not resolve.
   * gRPC tells a failed connection's reason only to the first channel that used it, so the last one is remembered.
   */
  async connectionProblem(): Promise<string> {
    try {
      await this.kv.range(readBarrier, { deadline: Date.now() + PROBLEM_MS });
      return "it has just come back";
    } catch (error) {
      const text = error instanceof Error ? error.message.replace(/^\d+ [A-Z_]+: /, "") : String(error);
      const reason = /Last error: (?:Error: )?(.*?)\. Resolution note/.exec(text)?.[1] ?? text;
      // A deadline of our own is no reason: what was known before says more.
      if (reason !== "null" && !reason.startsWith("Deadline exceeded")) this.#problem = reason;
      return this.#problem;
    }
  }

  /** A watch stream that the server itself breaks within seconds when it loses its leader (`hasleader`). */
  watchStream(): Promise<WatchStream> {
    return this.pool.withConnection("Watch", ({ client, metadata }) => {
      metadata.set("hasleader", "true");
      const { watch } = client as unknown as { watch: Open<WatchStream> };
      return watch.call(client, metadata, {});
    });
  }

  /** Renews one lease; resolves with what the server answers, or rejects by `deadline` (wall time). */
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

/** gRPC shares connections among channels with equal options; each endpoint is to have one of its own. */
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
      "grpc.enable_http_proxy": 0, // members are addressed directly; a proxy for the web is not for them
    },
  };
}

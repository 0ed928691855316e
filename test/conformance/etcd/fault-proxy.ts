// A TCP proxy that injects the faults of a network: it cuts connections, silently drops bytes, or breaks a connection
// after a number of bytes.
import { connect, createServer, type Server, type Socket } from "node:net";
import { ownAddress } from "../../fixtures/loopback.ts";

export interface FaultProxy {
  /** The proxy listens on the same port that it forwards to. */
  readonly address: string;
  /** Ends all current connections. New ones work. */
  cut(): void;
  /** Drops the bytes of both sides, on current and new connections, without ending them. */
  blackhole(): void;
  /** Drops the bytes of current connections. New ones work. */
  stall(): void;
  /** Forwards requests and drops the answers. */
  swallowAnswers(): void;
  /** Refuses new connections and ends the current ones. */
  refuse(): void;
  /** Cuts a connection after this number of bytes of answers, counted per connection. */
  cutAfterBytes(bytes: number): void;
  /** Ends every fault. Cuts connections that lost bytes, because their streams are damaged. */
  heal(): void;
  close(): Promise<void>;
}

type Mode = "pass" | "swallow" | "swallow-answers" | "refuse";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  answered: number;
  stalled: boolean;
  /** True after bytes were dropped. */
  torn: boolean;
}

/** Starts a proxy from its own address to the same port at `target`. Rejects if it cannot listen. */
export async function faultProxy(target: string, port: number): Promise<FaultProxy> {
  const address = ownAddress();
  let mode: Mode = "pass";
  let cutAfter = Number.POSITIVE_INFINITY;
  const pairs = new Set<Pair>();

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }

  function accept(client: Socket): void {
    if (mode === "refuse") {
      client.destroy();
      return;
    }
    const server = connect(port, target);
    const pair: Pair = { client, server, answered: 0, stalled: false, torn: false };
    pairs.add(pair);
    client.on("data", bytes => {
      if (mode === "swallow" || pair.stalled) pair.torn = true;
      else server.write(bytes);
    });
    server.on("data", bytes => {
      if (mode !== "pass" || pair.stalled) {
        pair.torn = true;
        return;
      }
      pair.answered += bytes.length;
      client.write(bytes);
      if (pair.answered >= cutAfter) client.end(() => end(pair));
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => end(pair));
      socket.on("close", () => {
        if (mode !== "swallow") end(pair);
      });
    }
  }

  const listener: Server = createServer(accept);
  await new Promise<void>((resolve, reject) => listener.once("error", reject).listen(port, address, resolve));

  const endAll = (which: (pair: Pair) => boolean) => [...pairs].filter(which).forEach(end);
  return {
    address,
    cut: () => endAll(() => true),
    blackhole() {
      mode = "swallow";
    },
    stall() {
      for (const pair of pairs) pair.stalled = true;
    },
    swallowAnswers() {
      mode = "swallow-answers";
    },
    refuse() {
      mode = "refuse";
      endAll(() => true);
    },
    cutAfterBytes(bytes) {
      cutAfter = bytes;
    },
    heal() {
      mode = "pass";
      cutAfter = Number.POSITIVE_INFINITY;
      endAll(pair => pair.torn);
    },
    close() {
      endAll(() => true);
      return new Promise(resolve => listener.close(() => resolve()));
    },
  };
}

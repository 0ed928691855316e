// A TCP proxy that does to its connections what networks do: cut them, swallow everything in silence, or break
// after so many bytes.
import { connect, createServer, type Server, type Socket } from "node:net";
import { ownAddress } from "../../fixtures/loopback.ts";

export interface FaultProxy {
  /** Listens on the port that it forwards to. */
  readonly address: string;
  /** Ends all connections now; new ones are welcome. */
  cut(): void;
  /** Swallows what comes from either side, on connections old and new, without ending them. */
  blackhole(): void;
  /** Swallows what comes on the connections that stand now; new ones work. */
  stall(): void;
  /** Lets requests through and swallows the answers. */
  swallowAnswers(): void;
  /** Refuses new connections and ends the old ones. */
  refuse(): void;
  /** Cuts a connection as soon as it has carried this many bytes of answers; each counts anew. */
  cutAfterBytes(bytes: number): void;
  /** Undoes every fault. Connections that lost bytes on the way are cut: their streams cannot be mended. */
  heal(): void;
  close(): Promise<void>;
}

type Mode = "pass" | "swallow" | "swallow-answers" | "refuse";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  answered: number;
  stalled: boolean;
  /** Bytes were swallowed. */
  torn: boolean;
}

/** Forwards from an address of its own to the same port at `target`. */
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

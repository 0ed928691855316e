// Connects to the Docker engine inside a lab host without an open port: each connection runs one
// `docker system dial-stdio` in that host.
import { Agent } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execStreams } from "../../lab/host/exec.ts";
import type { Host } from "../../lab/host/host.ts";

/** An agent without keep-alive: a kept connection would not notice that its host has lost power. */
export function innerEngineAgent(host: Host): Agent {
  return new InnerEngineAgent(host);
}

class InnerEngineAgent extends Agent {
  readonly #host: Host;

  constructor(host: Host) {
    super({ keepAlive: false });
    this.#host = host;
  }

  /** Node calls it for each request. The stream buffers writes until the command runs in the host. */
  override createConnection(): Duplex {
    const [toEngine, fromEngine] = [new PassThrough(), new PassThrough()];
    const socket = Duplex.from({ writable: toEngine, readable: fromEngine });
    // If a request is aborted before it has its socket, Node ends the socket with an error that has no other listener.
    socket.on("error", () => {});
    const carry = async () => {
      const { input, output } = await execStreams(this.#host.container, this.#host.name, [
        "docker",
        "system",
        "dial-stdio",
      ]);
      await Promise.all([pipeline(toEngine, input), pipeline(output, fromEngine)]);
    };
    carry().catch((cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause);
      socket.destroy(Object.assign(new Error(message, { cause }), { code: "ECONNREFUSED" }));
    });
    return socket;
  }
}

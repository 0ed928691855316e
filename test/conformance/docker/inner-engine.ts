// A way to the docker engine inside a lab host without an open port: each connection is one `docker system dial-stdio`
// run in that host.
import { Agent } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execStreams } from "../../lab/exec.ts";
import type { Host } from "../../lab/host.ts";

/** Connections are not kept: a kept one would outlive the host's loss of power without hearing of it. */
export function innerEngineAgent(host: Host): Agent {
  return new InnerEngineAgent(host);
}

class InnerEngineAgent extends Agent {
  readonly #host: Host;

  constructor(host: Host) {
    super({ keepAlive: false });
    this.#host = host;
  }

  /** Called by node for each request. The stream holds what is written until the command in the host runs. */
  override createConnection(): Duplex {
    const [toEngine, fromEngine] = [new PassThrough(), new PassThrough()];
    const socket = Duplex.from({ writable: toEngine, readable: fromEngine });
    // A request given up before it has its socket: node ends the socket with an error that nobody listens to yet.
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

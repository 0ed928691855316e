// `swarmkeeper discovery`: a discovery service, by which the first managers find each other. The public service is
// deprecated. A cluster needs it only during bootstrap.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIPv4 } from "node:net";
import { hostname } from "node:os";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";
import { answer, Tokens } from "./registry.ts";

export interface DiscoveryOptions {
  /** ADDRESS:PORT. */
  readonly listen: string;
  /** A file that stores the tokens across a restart. */
  readonly state?: string;
}

const MOST_BYTES = 4_096;

/** Serves until SIGTERM or SIGINT. CliError if it cannot listen or cannot read its state. */
export async function discovery({ listen, state }: DiscoveryOptions): Promise<number> {
  const { address, port } = parseListen(listen);
  const handle = handler(listen, state);
  const server = createServer((request, response) => {
    handle(request, response).catch(error => {
      process.stderr.write(`${request.method} ${request.url}: ${reason(error)}\n`);
      if (!response.headersSent) response.writeHead(500).end(`${reason(error)}\n`);
    });
  });
  try {
    server.listen(port, address);
    await once(server, "listening");
  } catch (error) {
    throw new CliError(`cannot listen on ${listen}: ${reason(error)}`, 1, error);
  }
  process.stdout.write(`listening on ${listen}; for a token: curl 'http://${hostname()}:${port}/new?size=3'\n`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  server.close();
  server.closeAllConnections();
  return 0;
}

function handler(listen: string, state: string | undefined) {
  let tokens = state === undefined ? {} : load(state);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", url = "/", headers } = request;
    const form = await readForm(request);
    const newToken = randomBytes(16).toString("hex");
    const origin = `http://${headers.host ?? listen}`;
    const { status, body, tokens: changed } = answer(tokens, { method, url, form, newToken, origin });
    if (changed !== undefined) {
      // Saved before the answer, so that an entry that others have read is never lost.
      if (state !== undefined) save(state, changed);
      tokens = changed;
      process.stdout.write(`${request.socket.remoteAddress} ${method} ${url}\n`);
    }
    const [type, text] =
      typeof body === "string" ? ["text/plain", body] : ["application/json", `${JSON.stringify(body)}\n`];
    response.writeHead(status, { "content-type": type }).end(text);
  };
}

function parseListen(listen: string): { address: string; port: number } {
  const [, address = "", port = ""] = /^([\d.]+):(\d{1,5})$/.exec(listen) ?? [];
  if (isIPv4(address) && Number(port) <= 65_535) return { address, port: Number(port) };
  throw new CliError(`--listen ${JSON.stringify(listen)} is not ADDRESS:PORT; use for example 0.0.0.0:2381`, 2);
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MOST_BYTES) throw new Error(`a request of more than ${MOST_BYTES} bytes`);
  }
  return new URLSearchParams(text);
}

function load(path: string): Tokens {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw new CliError(`--state ${path} cannot be read: ${reason(error)}`, 1, error);
  }
  try {
    return Tokens.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(`--state ${path} has no valid tokens: remove it, or use another file`, 1, error);
  }
}

/** Atomic: the file has the old or the new content. */
function save(path: string, tokens: Tokens): void {
  writeFileSync(`${path}.new`, JSON.stringify(tokens));
  renameSync(`${path}.new`, path);
}

export const command: CliCommand = {
  define: command =>
    command
      .requiredOption(
        "--listen <address:port>",
        "address of the service; nodes must reach it until their cluster is ready",
      )
      .option("--state <file>", "file that stores the tokens across a restart")
      .action(exitWith(discovery)),
};

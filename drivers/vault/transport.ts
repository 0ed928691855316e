// Sends requests to a Vault directly, over the HTTP client of all drivers. node-vault's own client, axios, uses the
// proxies of the environment, which would read the shares. Its errors contain the whole request, and an agent without a
// JIT compiler cannot load it.
import { exchange } from "../http.ts";

export interface Answer {
  readonly statusCode: number;
  /** Undefined if it is not JSON. */
  readonly body: unknown;
}

/** What node-vault passes: its own fields and those of `requestOptions`. */
interface Request {
  readonly method: string;
  readonly uri: string;
  /** The body. */
  readonly json?: unknown;
  /** Milliseconds until the whole answer must have arrived. */
  readonly timeout: number;
}

/** Has the form of node-vault's option `request-promise`. Rejects with the transport's error or a TimeoutError. */
export function directTransport(caFile: string | undefined) {
  return { defaults: () => (request: Request) => send(request, caFile) };
}

async function send({ method, uri, json, timeout }: Request, caFile: string | undefined): Promise<Answer> {
  const { status, body } = await exchange({
    method,
    url: uri,
    headers: { "Content-Type": "application/json" },
    body: json === undefined ? undefined : JSON.stringify(json),
    tls: { ca: caFile },
    signal: AbortSignal.timeout(timeout),
  });
  return { statusCode: status, body: parsed(body) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // without the error, because it quotes the text
  }
}

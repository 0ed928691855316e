// How requests reach a Vault: straight, over the one HTTP client. node-vault's own way, axios, goes through the proxies of
// the environment, which would read the shares, its errors carry the whole request, and an agent without a JIT compiler
// cannot load it.
import { exchange } from "../http.ts";

export interface Answer {
  readonly statusCode: number;
  /** Undefined where it is no JSON. */
  readonly body: unknown;
}

/** What node-vault hands on: its own fields and those of `requestOptions`. */
interface Request {
  readonly method: string;
  readonly uri: string;
  /** The body. */
  readonly json?: unknown;
  /** Milliseconds, until the whole answer is there. */
  readonly timeout: number;
}

/** In the form that node-vault's option `request-promise` has. Rejects with the transport's own error, or a TimeoutError. */
export function straightTransport(caFile: string | undefined) {
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
    return undefined; // and without the error, which quotes the text
  }
}

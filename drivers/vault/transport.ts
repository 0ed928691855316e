// How requests reach a Vault: straight. node-vault's own way, axios, goes through the proxies of the environment, which
// would read the shares, its errors carry the whole request, and an agent without a JIT compiler cannot load it.
import { readFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";

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

/** The authority's certificate is read anew each time: a renewed one counts at once. */
async function send({ method, uri, json, timeout }: Request, caFile: string | undefined): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  // A connection of its own: the next request may be minutes away.
  const options = { method, signal, agent: false, headers: { "Content-Type": "application/json" } } as const;
  const ca = caFile === undefined ? undefined : await readFile(caFile);
  try {
    return await new Promise((resolve, reject) => {
      const sent = uri.startsWith("https:")
        ? tlsRequest(uri, ca === undefined ? options : { ...options, ca })
        : plainRequest(uri, options);
      sent.once("error", reject);
      sent.once("response", response => {
        text(response).then(body => resolve({ statusCode: response.statusCode ?? 0, body: parsed(body) }), reject);
      });
      sent.end(json === undefined ? undefined : JSON.stringify(json));
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // and without the error, which quotes the text
  }
}

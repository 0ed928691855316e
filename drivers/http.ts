// The HTTP client of all drivers, over node:http and node:https. fetch cannot present a certificate, costs a process 6
// MB permanently, and does not work without a JIT compiler, as in the agent.
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

export interface HttpRequest {
  readonly method: string;
  /** http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Paths of PEM files, read for each request, so that a renewed certificate is used immediately. */
  readonly tls?: TlsFiles;
  /** Ends the request at any time before the whole answer has arrived: `AbortSignal.timeout(ms)` for a time limit. */
  readonly signal?: AbortSignal | undefined;
  /** Reads at most this much of the body and does not wait for more. 0 reads none. Default: no limit. */
  readonly maxBytes?: number;
  /** Follows at most this many redirects, with the same method and body. Default: none. */
  readonly maxRedirects?: number;
}

interface TlsFiles {
  /** The client's certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The authority that signed the server's certificate. Default: the system's. */
  readonly ca?: string | undefined;
}

/** Any status is an answer. */
export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. Several headers of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/** Rejects with the transport's error, the error of an unreadable TLS file, or the signal's reason. */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { signal, maxRedirects: mostRedirects = 0 } = request;
  let { url } = request;
  try {
    for (let followed = 0; ; followed++) {
      const answer = await once({ ...request, url });
      const onward = REDIRECTS.includes(answer.status) ? answer.headers.location : undefined;
      if (onward === undefined || followed === mostRedirects) return answer;
      url = new URL(onward, url).href;
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

async function once({
  method,
  url,
  headers = {},
  body,
  tls,
  signal,
  maxBytes: mostBytes,
}: HttpRequest): Promise<HttpAnswer> {
  // A new connection each time, because the next request may be minutes away.
  const options = { method, headers, agent: false, ...(signal && { signal }) };
  const files = await tlsOptions(tls);
  return new Promise((resolve, reject) => {
    const sent =
      new URL(url).protocol === "https:" ? tlsRequest(url, { ...options, ...files }) : plainRequest(url, options);
    sent.on("error", reject);
    sent.once("response", response => {
      const { statusCode: status = 0 } = response;
      bodyOf(response, mostBytes).then(text => resolve({ status, headers: headersOf(response), body: text }), reject);
    });
    sent.end(body);
  });
}

async function tlsOptions(files: TlsFiles = {}): Promise<Record<string, Buffer>> {
  const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(await Promise.all(given.map(async ([name, path]) => [name, await readFile(path)])));
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const given = Object.entries(response.headers);
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Rejects if the answer is cut off. */
function bodyOf(response: IncomingMessage, mostBytes = Number.POSITIVE_INFINITY): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = () => resolve(new TextDecoder().decode(Buffer.concat(chunks).subarray(0, mostBytes)));
    const enough = () => {
      done();
      response.destroy();
    };
    response.on("error", reject);
    response.once("end", done);
    response.once("close", () => reject(new Error("the answer was cut off")));
    if (mostBytes === 0) return enough();
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= mostBytes) enough();
    });
  });
}

// The one HTTP client of all drivers, over node:http and node:https. fetch can present no certificate, costs a process
// 6 MB for good, and does not work in one without a JIT compiler, as the agent's.
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

export interface HttpRequest {
  readonly method: string;
  /** http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Paths of PEM files. They are read for each request: a renewed certificate counts at once. */
  readonly tls?: TlsFiles;
  /** Ends the request, until the whole answer is there: `AbortSignal.timeout(ms)` for a time limit. */
  readonly signal?: AbortSignal | undefined;
  /** As much of the body is read, and no more is waited for; 0 reads none. Without a limit by default. */
  readonly mostBytes?: number;
  /** As many redirects are followed, with the same method and body. None by default. */
  readonly mostRedirects?: number;
}

interface TlsFiles {
  /** This side's certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The authority that the other side must have; the system's own by default. */
  readonly ca?: string | undefined;
}

/** Any status is an answer. */
export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/** Rejects with the transport's own error, with that of a TLS file that cannot be read, or with the signal's reason. */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { signal, mostRedirects = 0 } = request;
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

async function once({ method, url, headers = {}, body, tls, signal, mostBytes }: HttpRequest): Promise<HttpAnswer> {
  // A connection of its own: the next request may be minutes away.
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

/** Rejects where the answer is cut off. */
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

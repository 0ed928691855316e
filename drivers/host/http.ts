// HTTP through node:http and node:https: fetch can present no certificate, costs a process 6 MB for good, and does not
// work in one without a JIT compiler, as the agent's.
import { readFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { Host } from "./port.ts";

type Request = Parameters<Host["http"]>[0];
type Answer = Awaited<ReturnType<Host["http"]>>;

const REDIRECTS: readonly number[] = [301, 302, 307, 308];
const MOST_REDIRECTS = 5;

/** Follows redirects with the same method and form. Throws the transport's own error, and a TimeoutError in time. */
export async function exchange(request: Request): Promise<Answer> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  let { url } = request;
  try {
    for (let followed = 0; ; followed++) {
      const answer = await once({ ...request, url }, signal);
      const onward = REDIRECTS.includes(answer.status) ? answer.headers.location : undefined;
      if (onward === undefined || followed === MOST_REDIRECTS) return answer;
      url = new URL(onward, url).href;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** The certificate is read anew each time: a renewed one counts at once. */
async function once({ method, url, form, tls }: Request, signal: AbortSignal): Promise<Answer> {
  // A connection of its own: the next request may be minutes away.
  const options = { method, signal, agent: false } as const;
  const files = tls && (await Promise.all([readFile(tls.cert), readFile(tls.key), readFile(tls.ca)]));
  return new Promise((resolve, reject) => {
    const sent =
      new URL(url).protocol === "https:"
        ? tlsRequest(url, files ? { ...options, cert: files[0], key: files[1], ca: files[2] } : options)
        : plainRequest(url, options);
    sent.once("error", reject);
    sent.once("response", response => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) {
        if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
      }
      text(response).then(body => resolve({ status: response.statusCode ?? 0, body, headers }), reject);
    });
    if (form) sent.setHeader("Content-Type", "application/x-www-form-urlencoded");
    sent.end(form && new URLSearchParams(form).toString());
  });
}

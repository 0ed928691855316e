// The little of `fetch` that the webhook library needs, over node:http: fetch costs a process 6 MB for good, and does not
// work in one without a JIT compiler, as the agent's.
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { IncomingWebhookDefaultArguments } from "@slack/webhook";

type Fetch = NonNullable<IncomingWebhookDefaultArguments["fetch"]>;
type Answer = Awaited<ReturnType<Fetch>>;

/** Slack's own answers are of one word. */
const MOST_BYTES = 4096;

/** Follows no redirect. Rejects with the transport's own error, or the reason of the signal. */
export const postOverHttp: Fetch = (url, { method = "GET", headers = {}, body, signal } = {}) =>
  new Promise((resolve, reject) => {
    if (body !== undefined && typeof body !== "string") throw new TypeError("a webhook's message is text");
    const send = new URL(url).protocol === "https:" ? tlsRequest : plainRequest;
    // A connection of its own: the next message may be hours away.
    const sent = send(url, { method, headers, agent: false, ...(signal && { signal }) });
    const fail = (error: Error) => reject(signal?.aborted ? signal.reason : error);
    sent.once("error", fail);
    sent.once("response", response => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        if (bytes < MOST_BYTES) chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= MOST_BYTES) response.destroy();
      });
      response.once("error", fail);
      response.once("close", () => {
        if (!response.complete && bytes < MOST_BYTES) fail(new Error("the answer was cut off"));
        else resolve(answer(response.statusCode ?? 0, response.headers, Buffer.concat(chunks)));
      });
    });
    sent.end(body);
  });

function answer(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): Answer {
  const one = (name: string): string | undefined => [headers[name.toLowerCase()]].flat()[0];
  const text = body.subarray(0, MOST_BYTES).toString("utf8");
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: "",
    url: "",
    headers: {
      get: name => one(name) ?? null,
      entries: () =>
        Object.keys(headers)
          .map((name): [string, string] => [name, one(name) ?? ""])
          .values(),
    },
    arrayBuffer: async () => new Uint8Array(body).buffer,
    json: async () => JSON.parse(text),
    text: async () => text,
  };
}

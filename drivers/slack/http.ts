// The part of `fetch` that the webhook library needs, over the HTTP client of all drivers.
import type { IncomingWebhookDefaultArguments } from "@slack/webhook";
import { exchange, type HttpAnswer } from "../http.ts";

type Fetch = NonNullable<IncomingWebhookDefaultArguments["fetch"]>;
type Answer = Awaited<ReturnType<Fetch>>;

/** More than enough (chosen): Slack answers with one word. */
const MAX_BYTES = 4096;

/** Follows no redirect. Rejects with the transport's error or the signal's reason. */
export const postOverHttp: Fetch = async (url, { method = "GET", headers = {}, body, signal } = {}) => {
  if (body !== undefined && typeof body !== "string") throw new TypeError("a webhook's message is text");
  return asFetched(await exchange({ method, url: String(url), headers, body, signal, maxBytes: MAX_BYTES }));
};

function asFetched({ status, headers, body }: HttpAnswer): Answer {
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: "",
    url: "",
    headers: {
      get: name => headers[name.toLowerCase()] ?? null,
      entries: () => Object.entries(headers),
    },
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
    json: async () => JSON.parse(body),
    text: async () => body,
  };
}

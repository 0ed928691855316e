// An HTTPS request with a certificate of our own, which fetch cannot present.
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { text } from "node:stream/consumers";

/** Read anew each time: a renewed certificate counts at once. Throws the transport's own error. */
export async function mutualTls(options: {
  method: string;
  url: string;
  tls: { cert: string; key: string; ca: string };
  timeoutMs: number;
}): Promise<{ status: number; body: string; headers: Record<string, string> }> {
  const { method, url, tls, timeoutMs } = options;
  const [cert, key, ca] = await Promise.all([readFile(tls.cert), readFile(tls.key), readFile(tls.ca)]);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, cert, key, ca, agent: false, signal: AbortSignal.timeout(timeoutMs) });
    sent.once("error", reject);
    sent.once("response", response => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) {
        if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
      }
      text(response).then(body => resolve({ status: response.statusCode ?? 0, body, headers }), reject);
    });
    sent.end();
  });
}

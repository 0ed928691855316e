// A client of the v2 discovery protocol. etcd dropped the protocol in 3.7, and a member that starts with a static list
// behaves the same in every version. https://etcd.io/docs/v2.3/discovery_protocol/
import { z } from "zod";
import type { Host } from "../../drivers/host/port.ts";

const TIMEOUT_MS = 5_000;

/** The other etcd nodes cannot be found yet. A retry may succeed: records, entries and networks can arrive late. */
export class PeersError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "PeersError";
  }
}

const Size = z.object({ node: z.object({ value: z.string().regex(/^[1-9]\d*$/) }) });
const Entries = z.object({
  node: z.object({
    nodes: z.array(z.object({ key: z.string(), value: z.string().default(""), createdIndex: z.number() })).default([]),
  }),
});

/** The first nodes that entered, at most as many as the size of the token. */
export interface Discovered {
  readonly size: number;
  /** Peer URLs, in order of registration, at most `size`. */
  readonly peerUrls: readonly string[];
}

/** Enters this node under its id. Idempotent. PeersError when the service rejects the entry or does not answer. */
export async function enter(
  host: Host,
  url: string,
  self: { id: string; name: string; peerUrl: string },
): Promise<void> {
  const answer = await ask(host, {
    method: "PUT",
    url: `${url}/${self.id}?prevExist=false`,
    form: { value: `${self.name}=${self.peerUrl}` },
  });
  const exists = answer.status === 412;
  if (!exists && answer.status >= 300)
    throw new PeersError(`${url} answers ${answer.status} to the entry of this node`);
}

/** The nodes that have entered so far. PeersError when the service does not answer in the protocol. */
export async function discovered(host: Host, url: string): Promise<Discovered> {
  const [size, entries] = await Promise.all([
    json(host, `${url}/_config/size`, Size, "it has no size; make a token with ?size=N"),
    json(host, url, Entries, "the URL is no discovery token"),
  ]);
  const count = Number(size.node.value);
  const peerUrls = entries.node.nodes
    .filter(entry => entry.value.includes("="))
    .sort((a, b) => a.createdIndex - b.createdIndex)
    .slice(0, count)
    .map(entry => firstUrl(entry.value));
  return { size: count, peerUrls };
}

/** An entry is `name=url`. With several peer URLs it is `name=url,name=url`. */
function firstUrl(value: string): string {
  const [first = ""] = value.split(",");
  return first.slice(first.indexOf("=") + 1);
}

async function json<T>(host: Host, url: string, shape: z.ZodType<T>, otherwise: string): Promise<T> {
  const answer = await ask(host, { method: "GET", url });
  if (answer.status !== 200) throw new PeersError(`${url} answers ${answer.status}: ${otherwise}`);
  try {
    return shape.parse(JSON.parse(answer.body));
  } catch (cause) {
    throw new PeersError(`${url} does not answer in the v2 discovery protocol`, { cause });
  }
}

async function ask(host: Host, request: { method: "GET" | "PUT"; url: string; form?: Record<string, string> }) {
  try {
    return await host.http({ ...request, timeoutMs: TIMEOUT_MS });
  } catch (cause) {
    throw new PeersError(`the discovery service at ${request.url} does not answer`, { cause });
  }
}

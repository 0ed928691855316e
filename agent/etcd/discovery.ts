// The v2 discovery protocol, spoken by ourselves: etcd dropped it in 3.7, and a member that is started with a static
// list behaves alike in every version. https://etcd.io/docs/v2.3/discovery_protocol/
import { z } from "zod";
import type { Host } from "../../drivers/host/port.ts";
import { PeersError } from "./peers-error.ts";

const TIMEOUT_MS = 5_000;

const Size = z.object({ node: z.object({ value: z.string().regex(/^[1-9]\d*$/) }) });
const Entries = z.object({
  node: z.object({
    nodes: z.array(z.object({ key: z.string(), value: z.string().default(""), createdIndex: z.number() })).default([]),
  }),
});

/** The hosts that came first, as many as the token's size says; a later one is not among them. */
export interface Discovered {
  readonly size: number;
  /** Peer URLs, in order of registration, at most `size`. */
  readonly peerUrls: readonly string[];
}

/** Enters this host under its id; entering again changes nothing. PeersError when the service does not take it. */
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
  const taken = answer.status === 412;
  if (!taken && answer.status >= 300) throw new PeersError(`${url} answers ${answer.status} to our entry`);
}

/** Who has entered so far. PeersError when the service does not answer in the protocol. */
export async function discovered(host: Host, url: string): Promise<Discovered> {
  const [size, entries] = await Promise.all([
    json(host, `${url}/_config/size`, Size, "it has no size; make a token with ?size=N"),
    json(host, url, Entries, "it is no discovery token"),
  ]);
  const count = Number(size.node.value);
  const peerUrls = entries.node.nodes
    .filter(entry => entry.value.includes("="))
    .sort((a, b) => a.createdIndex - b.createdIndex)
    .slice(0, count)
    .map(entry => firstUrl(entry.value));
  return { size: count, peerUrls };
}

/** An entry is `name=url`, and where a member has several peer URLs `name=url,name=url`. */
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

// Texts of unit files by their hash: from the cache on the disk, from what lies there already, or from etcd. Whatever was
// fetched once is kept, so that a host whose etcd is gone can still put back and start what it last knew.
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import type { ConnectedAgent } from "../context.ts";
import { STATE_FOLDER } from "../host/state.ts";

export const TEXT_CACHE = `${STATE_FOLDER}/units`;

export type Fetched = { readonly text: string } | { readonly problem: string };

/** What is on this host of the text with this hash. A cached text that somebody changed is none. */
export async function cachedText({ host }: Pick<ConnectedAgent, "host">, hash: string): Promise<string | undefined> {
  const text = await host.read(`${TEXT_CACHE}/${hash}`);
  return text !== undefined && hashOf(text) === hash ? text : undefined;
}

/** Keeps it beside the others; only root reads it, for a unit file may hold a secret. */
export async function cacheText({ host }: Pick<ConnectedAgent, "host">, hash: string, text: string): Promise<void> {
  await host.write(`${TEXT_CACHE}/${hash}`, text, 0o600);
}

/** From etcd, and kept. Never rejects for a sick etcd; a text whose hash is another is not taken. */
export async function fetchText(agent: Pick<ConnectedAgent, "host" | "etcd" | "keys">, hash: string): Promise<Fetched> {
  const key = agent.keys.unitTexts.of(hash);
  let text: string | undefined;
  try {
    text = (await agent.etcd.kv.get(key))?.value;
  } catch (error) {
    return { problem: `its text cannot be read from etcd: ${reasonOf(error)}` };
  }
  if (text === undefined) return { problem: `etcd has no text at ${key}` };
  const actual = hashOf(text);
  if (actual !== hash) return { problem: `the text at ${key} is another: its hash is ${actual}` };
  await cacheText(agent, hash, text);
  return { text };
}

/** Forgets the texts that are neither assigned nor run any more. */
export async function pruneTexts({ host }: Pick<ConnectedAgent, "host">, needed: ReadonlySet<string>): Promise<void> {
  for (const name of await host.names(TEXT_CACHE)) {
    if (!needed.has(name)) await host.remove(`${TEXT_CACHE}/${name}`);
  }
}

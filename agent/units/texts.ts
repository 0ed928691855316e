// Texts of unit files by their hash, from the cache on disk or from etcd. Each fetched text stays in the cache, so
// that a node without etcd can still restore and start the units of its last assignment.
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import type { ConnectedAgent } from "../context.ts";
import type { Explanation, StatusReason } from "../host/explanation.ts";
import { STATE_FOLDER } from "../host/state.ts";

export const TEXT_CACHE = `${STATE_FOLDER}/units`;

/** A text, or why it is not available; the sentence of `problem` continues one that names the unit. */
export type Fetched = { readonly text: string } | { readonly problem: Explanation };

/** The cached text with this hash, or undefined. A cached text that was changed on disk does not count. */
export async function cachedText({ host }: Pick<ConnectedAgent, "host">, hash: string): Promise<string | undefined> {
  const text = await host.read(`${TEXT_CACHE}/${hash}`);
  return text !== undefined && hashOf(text) === hash ? text : undefined;
}

/** Writes the text to the cache. Only root can read it, because a unit file may contain a secret. */
export async function cacheText({ host }: Pick<ConnectedAgent, "host">, hash: string, text: string): Promise<void> {
  await host.write(`${TEXT_CACHE}/${hash}`, text, 0o600);
}

/** Fetches the text from etcd and caches it. An etcd failure or another hash is a problem. */
export async function fetchText(agent: Pick<ConnectedAgent, "host" | "etcd" | "keys">, hash: string): Promise<Fetched> {
  const key = agent.keys.unitTexts.of(hash);
  let text: string | undefined;
  try {
    text = (await agent.etcd.kv.get(key))?.value;
  } catch (error) {
    return problem("UnitTextUnreadable", `its text cannot be read from etcd: ${reasonOf(error)}`);
  }
  if (text === undefined) return problem("UnitTextNotFound", `etcd has no text at ${key}`);
  const actual = hashOf(text);
  if (actual !== hash) return problem("UnitTextInvalid", `the text at ${key} has another hash: ${actual}`);
  await cacheText(agent, hash, text);
  return { text };
}

const problem = (reason: StatusReason, text: string): Fetched => ({ problem: { reason, text } });

/** Removes all texts but the needed ones from the cache. */
export async function pruneTexts({ host }: Pick<ConnectedAgent, "host">, needed: ReadonlySet<string>): Promise<void> {
  for (const name of await host.names(TEXT_CACHE)) {
    if (!needed.has(name)) await host.remove(`${TEXT_CACHE}/${name}`);
  }
}

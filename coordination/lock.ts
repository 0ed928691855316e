// A cluster-wide lock: the mechanism of the leadership, held while one function runs.
// The lease frees it after the holder's death. The fence stops a holder that only seemed dead.

import type { Kv } from "../drivers/etcd/port.ts";
import { type CampaignOptions, campaign, Deposed, fenced } from "./leadership.ts";

/** What the body of a lock works with. */
export interface Held {
  /** Transactions through this reject with Deposed once the lock is lost. */
  readonly kv: Kv;
  alive(): boolean;
  /** Aborted, with a Deposed as the reason, as soon as the lock is lost. */
  readonly signal: AbortSignal;
}

/**
 * Waits for the lock (see `onWaiting`), runs `body` and returns its result. Releases the lock also if `body` fails.
 * Throws the signal's reason if it is aborted before the lock is acquired.
 */
export async function withLock<T>(options: CampaignOptions, body: (held: Held) => Promise<T>): Promise<T> {
  for await (const term of campaign(options)) {
    return await body({ kv: fenced(options.kv, term), alive: () => term.alive(), signal: term.signal });
  }
  options.signal.throwIfAborted();
  throw new Deposed(options.key, "the campaign ended");
}

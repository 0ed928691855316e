// A lock for the whole cluster: the same mechanism as leadership, held for the length of one function.
// A dead holder frees it by its lease; a holder that was only thought dead is stopped by the fence.

import type { Kv } from "../drivers/etcd/port.ts";
import { type CampaignOptions, campaign, Deposed, fenced } from "./leadership.ts";

/** What the holder works with. */
export interface Held {
  /** Transactions through this are refused with Deposed once the lock is lost. */
  readonly kv: Kv;
  /** The lock's lease: what is put under it vanishes with the lock. */
  readonly lease: string;
  alive(): boolean;
  /** Aborted, with a Deposed as the reason, as soon as the lock is lost. */
  readonly signal: AbortSignal;
}

/**
 * Waits for the lock (see `onWaiting`), runs `body`, releases it, also when `body` fails, and hands on its result.
 * Throws the signal's reason when that is aborted before the lock was had.
 */
export async function withLock<T>(options: CampaignOptions, body: (held: Held) => Promise<T>): Promise<T> {
  for await (const term of campaign(options)) {
    const { lease, signal } = term;
    return await body({ kv: fenced(options.kv, term), lease, alive: () => term.alive(), signal });
  }
  options.signal.throwIfAborted();
  throw new Deposed(options.key, "the campaign for it ended");
}

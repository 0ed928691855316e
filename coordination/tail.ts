// A reader of new keys under a prefix, in order, without a cache: for many keys that are read once.
import type { Clock } from "../drivers/clock/port.ts";
import { EtcdError, type KeyValue, type Kv } from "../drivers/etcd/port.ts";
import { etcdBackoff } from "./backoff.ts";
import { follow } from "./follow.ts";

export interface TailOptions {
  readonly clock: Clock;
  /** In [0, 1), spreads the waits. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Calls `onKeys` with the keys written after revision `after`, each write once, in the order of the writes. With 0 it
 * begins with all existing keys. After a compaction it continues with the keys that still exist. Retries after
 * recoverable errors. Rejects with any other error and on an abort.
 */
export async function tail(
  kv: Kv,
  prefix: string,
  after: number,
  { clock, random, signal }: TailOptions,
  onKeys: (kvs: readonly KeyValue[]) => void,
): Promise<never> {
  const waits = etcdBackoff(random);
  let deliveredUpTo = after;

  function deliver(kvs: readonly KeyValue[], revision: number): void {
    const fresh = kvs
      .filter(({ modRevision }) => modRevision > deliveredUpTo)
      .sort((a, b) => a.modRevision - b.modRevision);
    if (fresh.length > 0) onKeys(fresh);
    deliveredUpTo = Math.max(deliveredUpTo, revision);
  }

  for (let listNext = after === 0; ; ) {
    try {
      if (listNext) {
        const { kvs, revision } = await kv.list(prefix);
        deliver(kvs, revision);
        listNext = false;
      }
      await follow(kv, prefix, deliveredUpTo + 1, signal, ({ events, revision }) => {
        waits.reset();
        deliver(
          events.flatMap(event => (event.type === "put" ? event.kv : [])),
          revision,
        );
        return false;
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EtcdError)) throw error;
      // Etcd has discarded these revisions: a list shows the keys that still exist.
      listNext ||= error.kind === "compacted";
      if (!error.recoverable && error.kind !== "compacted") throw error;
      await clock.sleep(waits.next(), signal);
    }
  }
}

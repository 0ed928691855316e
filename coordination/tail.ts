// What is put under a prefix, as it comes, and none of it kept: for what is read once, and may be much.
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
 * Hands what was written after revision `after` to `take`, each once, in the order of the writes; of what was written
 * over or deleted while it was not looked, not all. With 0 it begins with all that there is. Recoverable errors are
 * waited out; any other rejects, as an abort does.
 */
export async function tail(
  kv: Kv,
  prefix: string,
  after: number,
  { clock, random, signal }: TailOptions,
  take: (kvs: readonly KeyValue[]) => void,
): Promise<never> {
  const waits = etcdBackoff(random);
  let seen = after;

  function taken(kvs: readonly KeyValue[], revision: number): void {
    const fresh = kvs.filter(({ modRevision }) => modRevision > seen).sort((a, b) => a.modRevision - b.modRevision);
    if (fresh.length > 0) take(fresh);
    seen = Math.max(seen, revision);
  }

  for (let listNext = after === 0; ; ) {
    try {
      if (listNext) {
        const { kvs, revision } = await kv.list(prefix);
        taken(kvs, revision);
        listNext = false;
      }
      await follow(kv, prefix, seen + 1, signal, ({ events, revision }) => {
        waits.reset();
        taken(
          events.flatMap(event => (event.type === "put" ? event.kv : [])),
          revision,
        );
        return false;
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EtcdError)) throw error;
      // What lies further back than etcd remembers is found in a list, as far as it still is there.
      listNext ||= error.kind === "compacted";
      if (!error.recoverable && error.kind !== "compacted") throw error;
      await clock.sleep(waits.next(), signal);
    }
  }
}

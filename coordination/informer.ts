// A cache of an etcd prefix as a map in memory: listed once, then updated by a watch. A broken watch resumes right
// after the last applied batch, so that no event is lost or applied twice.
import { Observable } from "rxjs";
import type { Clock } from "../drivers/clock/port.ts";
import { EtcdError, type KeyValue, type Kv, type WatchEvent } from "../drivers/etcd/port.ts";
import { etcdBackoff } from "./backoff.ts";
import { follow } from "./follow.ts";

export interface Snapshot {
  /** The etcd revision of this snapshot. */
  readonly revision: number;
  readonly kvs: ReadonlyMap<string, KeyValue>;
  /** The keys put or deleted since the previous snapshot; all keys in the first one. */
  readonly changed: readonly string[];
  /** The stream has been broken for longer than `staleAfterMs`: etcd may hold something else by now. */
  readonly stale: boolean;
}

export interface InformerOptions {
  readonly clock: Clock;
  /** In [0, 1), spreads the waits. A simulation passes its own. */
  readonly random?: () => number;
  /** A stream that is broken for less than this is not reported. Default 5 s. */
  readonly staleAfterMs?: number;
  /**
   * The time between two lists, even if the watch works: compaction may swallow a delete event on etcd 3.4 and 3.5
   * (etcd#18089). Default 10 minutes.
   */
  readonly resyncMs?: number;
}

/**
 * Emits after the first list, then once for each batch that changed a key, and when `stale` changes. Retries after a
 * recoverable error. Any other error, such as a denied permission or a closed client, ends the stream as an EtcdError.
 */
export function informer(kv: Kv, prefix: string, options: InformerOptions): Observable<Snapshot> {
  return new Observable(subscriber => {
    const stop = new AbortController();
    followPrefix(kv, prefix, options, stop.signal, snapshot => subscriber.next(snapshot)).catch(error => {
      if (!stop.signal.aborted) subscriber.error(error);
    });
    return () => stop.abort();
  });
}

async function followPrefix(
  kv: Kv,
  prefix: string,
  { clock, random = Math.random, staleAfterMs = 5_000, resyncMs = 600_000 }: InformerOptions,
  stop: AbortSignal,
  emit: (snapshot: Snapshot) => void,
): Promise<void> {
  const waits = etcdBackoff(random);
  let kvs: ReadonlyMap<string, KeyValue> | undefined;
  let revision = 0;
  let stale = false;
  let recovered: AbortController | undefined; // set while the stream is broken; cancels the stale notice

  function publish(changed: readonly string[]): void {
    if (kvs) emit({ revision, kvs, changed, stale });
  }

  function broken(): void {
    if (recovered) return;
    recovered = new AbortController();
    clock.sleep(staleAfterMs, AbortSignal.any([recovered.signal, stop])).then(
      () => {
        stale = true;
        publish([]);
      },
      () => {}, // the stream recovered in time, or the subscriber has left
    );
  }

  /** The stream works: emits the changes, or that the snapshot is no longer stale. */
  function working(changed: readonly string[]): void {
    recovered?.abort(null);
    recovered = undefined;
    const wasStale = stale;
    stale = false;
    if (changed.length > 0 || wasStale) publish(changed);
  }

  async function list(): Promise<void> {
    const listed = await kv.list(prefix);
    stop.throwIfAborted();
    const before = kvs;
    kvs = new Map(listed.kvs.map(each => [each.key, each]));
    revision = listed.revision;
    const changed = difference(before ?? new Map(), kvs);
    if (before === undefined && changed.length === 0) publish([]); // the first list is emitted even if it is empty
    working(changed);
  }

  async function watch(): Promise<void> {
    const opened = clock.monotonic();
    const resync = new AbortController();
    const jittered = resyncMs * (0.75 + random() / 2);
    clock.sleep(jittered, AbortSignal.any([stop, resync.signal])).then(
      () => resync.abort(due),
      () => {},
    );
    try {
      await follow(kv, prefix, revision + 1, AbortSignal.any([stop, resync.signal]), batch => {
        if (batch.events.length > 0) waits.reset(); // the stream works: start the back-off again
        const applied = apply(kvs ?? new Map(), batch.events, revision);
        kvs = applied.kvs;
        revision = Math.max(revision, batch.revision);
        working(applied.changed);
        return false;
      });
    } finally {
      resync.abort();
      if (clock.monotonic() - opened > STEADY_MS) waits.reset();
    }
  }

  let listNext = true;
  for (;;) {
    try {
      if (listNext) await list();
      listNext = false;
      await watch();
    } catch (error) {
      stop.throwIfAborted();
      if (error === due) {
        listNext = true;
        continue;
      }
      if (!(error instanceof EtcdError)) throw error;
      listNext ||= error.kind === "compacted";
      if (!error.recoverable && error.kind !== "compacted") throw error;
      broken();
      await clock.sleep(waits.next(), stop);
    }
  }
}

/** A stream that lasted this long has worked: the back-off starts from the beginning. */
const STEADY_MS = 3_000;

/** The reason to end a working watch for the next list. It is not an error. */
const due = Symbol("time to list again");

/** The map after these events. Events up to `revision` are already in it. */
function apply(
  kvs: ReadonlyMap<string, KeyValue>,
  events: readonly WatchEvent[],
  revision: number,
): { kvs: ReadonlyMap<string, KeyValue>; changed: string[] } {
  if (events.length === 0) return { kvs, changed: [] };
  const changed = new Set<string>();
  const next = new Map(kvs);
  for (const event of events) {
    if (event.type === "put" && event.kv.modRevision > revision) {
      next.set(event.kv.key, event.kv);
      changed.add(event.kv.key);
    } else if (event.type === "delete" && event.modRevision > revision && next.delete(event.key)) {
      changed.add(event.key);
    }
  }
  return changed.size === 0 ? { kvs, changed: [] } : { kvs: next, changed: [...changed] };
}

/** The keys that are in only one of the two maps, or were written in between. */
function difference(before: ReadonlyMap<string, KeyValue>, after: ReadonlyMap<string, KeyValue>): string[] {
  const removed = [...before.keys()].filter(key => !after.has(key));
  const written = [...after.values()].filter(kv => before.get(kv.key)?.modRevision !== kv.modRevision);
  return [...removed, ...written.map(kv => kv.key)];
}

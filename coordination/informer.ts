// A prefix of etcd kept as a map in memory, true to the revision: listed once, followed by a watch that is resumed
// right after the last batch taken in, so that nothing is lost or seen twice however often the stream breaks.
import { Observable } from "rxjs";
import type { Clock } from "../drivers/clock/port.ts";
import { EtcdError, type KeyValue, type Kv, type WatchEvent } from "../drivers/etcd/port.ts";
import { etcdBackoff } from "./backoff.ts";
import { follow } from "./follow.ts";

export interface Snapshot {
  /** The store's revision that this shows. */
  readonly revision: number;
  readonly kvs: ReadonlyMap<string, KeyValue>;
  /** The keys put or deleted since the snapshot before; all keys in the first one. */
  readonly changed: readonly string[];
  /** The stream has been broken for longer than a moment: the world may look different by now. */
  readonly stale: boolean;
}

export interface InformerOptions {
  readonly clock: Clock;
  /** In [0, 1), spreads the waits; a simulation hands in its own. */
  readonly random?: () => number;
  /** How long a broken stream is no news. Default 5 s. */
  readonly staleAfterMs?: number;
  /**
   * Lists anew this often even though all seems well: compaction may swallow a delete event on etcd 3.4 and 3.5
   * (etcd#18089). Default 10 minutes.
   */
  readonly resyncMs?: number;
}

/**
 * Emits after the first list, then once for each batch that really changed something, and when `stale` changes.
 * Recoverable errors are waited out here; any other (permission, closed client) ends it as an EtcdError.
 */
export function informer(kv: Kv, prefix: string, options: InformerOptions): Observable<Snapshot> {
  return new Observable(subscriber => {
    const stop = new AbortController();
    stayInformed(kv, prefix, options, stop.signal, snapshot => subscriber.next(snapshot)).catch(error => {
      if (!stop.signal.aborted) subscriber.error(error);
    });
    return () => stop.abort();
  });
}

async function stayInformed(
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
  let recovered: AbortController | undefined; // while the stream is broken: what calls off the stale notice

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
      () => {}, // it came back in time, or nobody listens any more
    );
  }

  /** The stream stands: tells the changes, or that the picture is no longer stale. */
  function standing(changed: readonly string[]): void {
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
    if (before === undefined && changed.length === 0) publish([]); // an empty prefix is news the first time
    standing(changed);
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
        if (batch.events.length > 0) waits.reset(); // a stream that got on was worth opening
        const applied = apply(kvs ?? new Map(), batch.events, revision);
        kvs = applied.kvs;
        revision = Math.max(revision, batch.revision);
        standing(applied.changed);
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

/** A stream that lasted this long was sound: after it, the waits begin at the shortest again. */
const STEADY_MS = 3_000;

/** Why a sound watch was ended: not an error. */
const due = Symbol("time to list anew");

/** The map after these events; those of `revision` or before were taken in already. */
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

/** The keys that are in only one of the two, or were written in between. */
function difference(before: ReadonlyMap<string, KeyValue>, after: ReadonlyMap<string, KeyValue>): string[] {
  const gone = [...before.keys()].filter(key => !after.has(key));
  const written = [...after.values()].filter(kv => before.get(kv.key)?.modRevision !== kv.modRevision);
  return [...gone, ...written.map(kv => kv.key)];
}

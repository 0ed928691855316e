// Leader election on a key: one holder at a time, and transactions that only the current holder can commit.
// A lease alone cannot exclude two processes that both believe to lead. The fence in each transaction can.
import type { Clock } from "../drivers/clock/port.ts";
import { type Compare, EtcdError, type KeyValue, type Kv, type Leases } from "../drivers/etcd/port.ts";
import { etcdBackoff } from "./backoff.ts";
import { follow } from "./follow.ts";
import { openSession, type Session } from "./session.ts";

export interface Term {
  /** True in etcd only while the key of this term exists: it compares the key's create revision. */
  readonly fence: Compare;
  /** False once two thirds of the time to live have passed without a renewal, well before another can win. */
  alive(): boolean;
  /** Resolves once with a human-readable reason. Never rejects. */
  readonly ended: Promise<string>;
  /** Aborted, with a Deposed as the reason, when the term ends. */
  readonly signal: AbortSignal;
  /** Gives up the key now, so that the next candidate need not wait for the lease. */
  resign(): Promise<void>;
}

export interface CampaignOptions {
  readonly kv: Kv;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly key: string;
  /**
   * The value of the key: who holds it, and since when. It is computed for each attempt, right before the transaction
   * that creates the key. A time in it is therefore the time of the election, however long the candidate has waited.
   */
  readonly value: () => string;
  /** How long a dead holder keeps others out. A holder without a renewal stops after two thirds of this. */
  readonly ttlSeconds: number;
  /** Ends the campaign, and the term that it may have led to. */
  readonly signal: AbortSignal;
  /** Called with the holder of the key, once for each new holder. */
  readonly onWaiting?: (holder: KeyValue) => void;
  readonly random?: () => number;
}

/** The fence failed, or the lease was given up: another process may hold the key. Nothing was written. */
export class Deposed extends Error {
  readonly key: string;

  constructor(key: string, reason: string, cause?: unknown) {
    super(`no longer the holder of ${key}: ${reason}`, { cause });
    this.name = "Deposed";
    this.key = key;
  }
}

/**
 * Yields terms, one after the other, and returns when the signal is aborted. Asking for the next term, or leaving the
 * loop, resigns the current one. While another process holds the key, the campaign watches it and writes nothing. It
 * retries after recoverable errors. Any other EtcdError ends it.
 *
 *     for await (const term of campaign(options)) await lead(term);
 */
export async function* campaign(options: CampaignOptions): AsyncGenerator<Term, void, undefined> {
  const { clock, signal } = options;
  const waits = etcdBackoff(options.random);
  const announce = onNewHolder(options.onWaiting);
  while (!signal.aborted) {
    let term: Term | undefined;
    try {
      await untilVacant(options, announce);
      term = await acquire(options);
    } catch (error) {
      if (signal.aborted) return;
      if (!isRetryable(error)) throw error;
      await clock.sleep(waits.next(), signal).catch(() => {});
      continue;
    }
    if (term === undefined) continue; // another candidate was faster
    waits.reset();
    try {
      yield term;
    } finally {
      await term.resign();
    }
  }
}

/** A watch that was compacted and a lease that expired on the way are answered by another attempt. */
function isRetryable(error: unknown): boolean {
  return (
    error instanceof EtcdError && (error.recoverable || error.kind === "compacted" || error.kind === "lease-not-found")
  );
}

/** Resolves when the key does not exist. */
async function untilVacant({ kv, key, signal }: CampaignOptions, announce: (holder: KeyValue) => void): Promise<void> {
  for (;;) {
    const holder = await kv.get(key);
    if (holder === undefined) return;
    signal.throwIfAborted();
    announce(holder);
    await deletion(kv, holder, signal);
  }
}

/** Calls `emit` only if the holder differs from the last one. */
function onNewHolder(emit: ((holder: KeyValue) => void) | undefined): (holder: KeyValue) => void {
  let lastSeen = 0;
  return holder => {
    if (holder.createRevision === lastSeen) return;
    lastSeen = holder.createRevision;
    emit?.(holder);
  };
}

/** Resolves when the key, as it was read, has been deleted. Puts do not count: the holder may renew its value. */
function deletion(kv: Kv, { key, modRevision }: KeyValue, signal: AbortSignal): Promise<void> {
  return follow(kv, key, modRevision + 1, signal, batch =>
    batch.events.some(event => event.type === "delete" && event.key === key),
  );
}

/** Creates the key if it is absent. Undefined if another candidate was faster. */
async function acquire(options: CampaignOptions): Promise<Term | undefined> {
  const { kv, key, value } = options;
  const session = await openSession(options);
  try {
    const created = await createKey(kv, key, value(), session.lease);
    if (created !== undefined && session.alive() && !options.signal.aborted) return termOf(options, created, session);
  } catch (error) {
    await session.close();
    throw error;
  }
  await session.close();
  return undefined;
}

/** The key, if it carries our lease; that decides it even if the answer to the transaction was lost. */
async function createKey(kv: Kv, key: string, value: string, lease: string): Promise<KeyValue | undefined> {
  try {
    await kv.txn({ if: [{ key, target: "create", op: "=", value: 0 }], do: [{ put: key, value, lease }] });
  } catch (error) {
    if (!(error instanceof EtcdError) || !error.maybeApplied) throw error;
  }
  const now = await kv.get(key);
  return now?.lease === lease ? now : undefined;
}

function termOf(options: CampaignOptions, created: KeyValue, session: Session): Term {
  const { kv, key, clock, signal } = options;
  const over = new AbortController();
  let emit: (reason: string) => void = () => {};
  const ended = new Promise<string>(resolve => {
    emit = resolve;
  });

  function end(reason: string): void {
    if (over.signal.aborted) return;
    signal.removeEventListener("abort", onAbort);
    over.abort(new Deposed(key, reason));
    emit(reason);
  }
  async function resign(): Promise<void> {
    end("resigned");
    await session.close();
  }
  const onAbort = () => void resign();

  /** An operator may delete the key: then another process may hold it although our lease is alive. */
  async function watchKey(): Promise<void> {
    const waits = etcdBackoff(options.random);
    let current = created;
    while (!over.signal.aborted) {
      try {
        await deletion(kv, current, over.signal);
        end("the key was deleted");
      } catch (error) {
        if (over.signal.aborted) return;
        await clock.sleep(waits.next(), over.signal);
        if (!(error instanceof EtcdError && error.kind === "compacted")) continue;
        const now = await kv.get(key).catch(() => current);
        if (now?.createRevision !== created.createRevision) end("the key was deleted");
        else current = now;
      }
    }
  }

  signal.addEventListener("abort", onAbort, { once: true });
  void session.lost.then(end);
  watchKey().catch(() => {}); // ends with the term only
  return {
    fence: { key, target: "create", op: "=", value: created.createRevision },
    alive: () => session.alive() && !over.signal.aborted,
    ended,
    signal: over.signal,
    resign,
  };
}

/**
 * The same Kv, whose transactions reject with Deposed unless the key of this term exists: without a call if the term
 * is over, by the fence otherwise. `succeeded: false` still means that the caller's own condition failed.
 */
export function fenced(kv: Kv, term: Term): Kv {
  return {
    ...kv,
    async txn({ if: conditions, do: writes }) {
      if (!term.alive()) throw new Deposed(term.fence.key, "its lease was given up");
      const result = await kv.txn({ if: [term.fence, ...conditions], do: writes });
      if (result.succeeded) return result;
      const holder = conditions.length === 0 ? undefined : await kv.get(term.fence.key);
      if (holder?.createRevision === term.fence.value) return result;
      throw new Deposed(term.fence.key, "its key was deleted or belongs to another");
    },
  };
}

// One holder of a key at a time, as far as anyone can know it, and writes that only the real holder can make.
// A lease cannot exclude two who believe they lead; the fence in each transaction can.
import type { Clock } from "../drivers/clock/port.ts";
import { type Compare, EtcdError, type KeyValue, type Kv, type Leases } from "../drivers/etcd/port.ts";
import { etcdBackoff } from "./backoff.ts";
import { follow } from "./follow.ts";
import { openSession, type Session } from "./session.ts";

export interface Term {
  /** True in etcd only while this very term's key stands: it names the key's create revision. */
  readonly fence: Compare;
  /** The lease that carries the key; whatever else shall vanish with the term may be put under it. */
  readonly lease: string;
  /** False from two thirds of the time to live without a renewal on, well before another can win. */
  alive(): boolean;
  /** Resolves once with the reason in words. Never rejects. */
  readonly ended: Promise<string>;
  /** Aborted, with a Deposed as the reason, when the term ends. */
  readonly signal: AbortSignal;
  /** Gives the key up now, so that the next need not wait for the lease. */
  resign(): Promise<void>;
}

export interface CampaignOptions {
  readonly kv: Kv;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly key: string;
  /**
   * What others read in the key: who holds it, and since when. Called at each attempt, right before the transaction that
   * creates the key: a time in it is that of the election, however long the candidate has waited.
   */
  readonly value: () => string;
  /** How long a holder that vanished keeps others out. It must be told of its own end after two thirds of this. */
  readonly ttlSeconds: number;
  /** Ends the campaign, and the term that it may have led to. */
  readonly signal: AbortSignal;
  /** Told who holds the key, each time that this is someone new. */
  readonly onWaiting?: (holder: KeyValue) => void;
  readonly random?: () => number;
}

/** The fence did not hold, or the lease was given up: someone else may hold the key. Nothing was written. */
export class Deposed extends Error {
  readonly key: string;

  constructor(key: string, reason: string, cause?: unknown) {
    super(`no longer the holder of ${key}: ${reason}`, { cause });
    this.name = "Deposed";
    this.key = key;
  }
}

/**
 * Terms, one after the other, until the signal is aborted (then it just ends). Asking for the next term, or leaving
 * the loop, resigns the one before. While another holds the key this waits on a watch of it and writes nothing.
 * Recoverable errors are waited out; any other EtcdError ends the campaign.
 *
 *     for await (const term of campaign(options)) await lead(term);
 */
export async function* campaign(options: CampaignOptions): AsyncGenerator<Term, void, undefined> {
  const { clock, signal } = options;
  const waits = etcdBackoff(options.random);
  const announce = whenNew(options.onWaiting);
  while (!signal.aborted) {
    let term: Term | undefined;
    try {
      await vacancy(options, announce);
      term = await take(options);
    } catch (error) {
      if (signal.aborted) return;
      if (!worthAnotherTry(error)) throw error;
      await clock.sleep(waits.next(), signal).catch(() => {});
      continue;
    }
    if (term === undefined) continue; // another was faster
    waits.reset();
    try {
      yield term;
    } finally {
      await term.resign();
    }
  }
}

/** Streams compacted while we waited, and leases that ran out on the way, are met by looking anew. */
function worthAnotherTry(error: unknown): boolean {
  return (
    error instanceof EtcdError && (error.recoverable || error.kind === "compacted" || error.kind === "lease-not-found")
  );
}

/** Resolves when nobody holds the key. */
async function vacancy({ kv, key, signal }: CampaignOptions, announce: (holder: KeyValue) => void): Promise<void> {
  for (;;) {
    const holder = await kv.get(key);
    if (holder === undefined) return;
    signal.throwIfAborted();
    announce(holder);
    await deletion(kv, holder, signal);
  }
}

/** Passes a holder on only when it is another than before. */
function whenNew(emit: ((holder: KeyValue) => void) | undefined): (holder: KeyValue) => void {
  let recorded = 0;
  return holder => {
    if (holder.createRevision === recorded) return;
    recorded = holder.createRevision;
    emit?.(holder);
  };
}

/** Resolves when the key, as it was read, has been deleted. Puts to it do not matter: the holder may renew its value. */
function deletion(kv: Kv, { key, modRevision }: KeyValue, signal: AbortSignal): Promise<void> {
  return follow(kv, key, modRevision + 1, signal, batch =>
    batch.events.some(event => event.type === "delete" && event.key === key),
  );
}

/** Creates the key if it is absent. Undefined when another was faster. */
async function take(options: CampaignOptions): Promise<Term | undefined> {
  const { kv, key, value } = options;
  const session = await openSession(options);
  try {
    const mine = await create(kv, key, value(), session.lease);
    if (mine !== undefined && session.alive() && !options.signal.aborted) return termOf(options, mine, session);
  } catch (error) {
    await session.close();
    throw error;
  }
  await session.close();
  return undefined;
}

/** The key's create revision when it is ours: the lease, which is nobody else's, tells after a doubtful answer too. */
async function create(kv: Kv, key: string, value: string, lease: string): Promise<KeyValue | undefined> {
  try {
    await kv.txn({ if: [{ key, target: "create", op: "=", value: 0 }], do: [{ put: key, value, lease }] });
  } catch (error) {
    if (!(error instanceof EtcdError) || !error.maybeApplied) throw error;
  }
  const now = await kv.get(key);
  return now?.lease === lease ? now : undefined;
}

function termOf(options: CampaignOptions, mine: KeyValue, session: Session): Term {
  const { kv, key, clock, signal } = options;
  const over = new AbortController();
  let emit: (reason: string) => void = () => {};
  const ended = new Promise<string>(resolve => {
    emit = resolve;
  });

  function end(reason: string): void {
    if (over.signal.aborted) return;
    signal.removeEventListener("abort", give);
    over.abort(new Deposed(key, reason));
    emit(reason);
  }
  async function resign(): Promise<void> {
    end("resigned");
    await session.close();
  }
  const give = () => void resign();

  /** Someone may delete the key by hand: then another may hold it, however well our lease is. */
  async function watchKey(): Promise<void> {
    const waits = etcdBackoff(options.random);
    let seen = mine;
    while (!over.signal.aborted) {
      try {
        await deletion(kv, seen, over.signal);
        end("the key was deleted");
      } catch (error) {
        if (over.signal.aborted) return;
        await clock.sleep(waits.next(), over.signal);
        if (!(error instanceof EtcdError && error.kind === "compacted")) continue;
        const now = await kv.get(key).catch(() => seen);
        if (now?.createRevision !== mine.createRevision) end("the key was deleted");
        else seen = now;
      }
    }
  }

  signal.addEventListener("abort", give, { once: true });
  void session.lost.then(end);
  watchKey().catch(() => {}); // ends with the term only
  return {
    fence: { key, target: "create", op: "=", value: mine.createRevision },
    lease: session.lease,
    alive: () => session.alive() && !over.signal.aborted,
    ended,
    signal: over.signal,
    resign,
  };
}

/**
 * The same Kv, whose transactions are refused with Deposed unless this term's key stands: without a call when the
 * term is over, by the fence otherwise. `succeeded: false` then still means that the caller's own condition failed.
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
      throw new Deposed(term.fence.key, "its key is gone or another's");
    },
  };
}

// A lease with a deadline that the holder counts itself: the session is over after two thirds of the time to live
// without a renewal, so that the holder stops well before etcd lets the next one in.
import type { Clock } from "../drivers/clock/port.ts";
import { EtcdError, type Leases } from "../drivers/etcd/port.ts";
import { within } from "./timeout.ts";

export interface Session {
  /** The lease's id, for keys that must disappear with it. */
  readonly lease: string;
  /** Compares with the monotonic clock on each call: false at once in a process that was stopped for too long. */
  alive(): boolean;
  /** Resolves once, with a human-readable reason, when the session is over, also by `close`. Never rejects. */
  readonly lost: Promise<string>;
  /**
   * Ends the session and revokes the lease, so that its keys disappear now. If that fails, they disappear with the
   * lease's time.
   */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** Requested from etcd, which may grant more. At least 3. See `campaign` for its meaning for a leader. */
  readonly ttlSeconds: number;
}

/** Grants the lease, and renews it each third of its time. Rejects with an EtcdError if the grant fails. */
export async function openSession({ leases, clock, ttlSeconds }: SessionOptions): Promise<Session> {
  const asked = clock.monotonic();
  const granted = await leases.grant(ttlSeconds);
  const over = new AbortController();
  // Counted from before the request: etcd counts from later on, so our deadline always comes first.
  let deadline = asked + trustedMs(granted.ttl);
  let emit: (reason: string) => void = () => {};
  const lost = new Promise<string>(resolve => {
    emit = resolve;
  });

  function end(reason: string): void {
    if (over.signal.aborted) return;
    over.abort();
    emit(reason);
  }

  function alive(): boolean {
    if (!over.signal.aborted && clock.monotonic() >= deadline) {
      end(`lease ${granted.id} (${granted.ttl} s) was not renewed within two thirds of its time`);
    }
    return !over.signal.aborted;
  }

  /** True if etcd has confirmed. A late confirmation does not restore a lost session. */
  async function renew(): Promise<boolean> {
    const sent = clock.monotonic();
    try {
      const ttl = await leases.keepAlive(granted.id);
      if (!alive()) return false;
      deadline = Math.max(deadline, sent + trustedMs(ttl));
      return true;
    } catch (error) {
      if (error instanceof EtcdError && error.kind === "lease-not-found")
        end(`lease ${granted.id} no longer exists in etcd`);
      return false;
    }
  }

  /** No wait goes past the deadline, so that the session ends exactly then. */
  async function keepRenewing(): Promise<void> {
    const third = (granted.ttl * 1000) / 3;
    const retryAfter = third / 4; // after this, another renewal is sent next to the unanswered one
    const atMost = (ms: number) => Math.max(0, Math.min(ms, deadline - clock.monotonic()));
    await clock.sleep(atMost(third - (clock.monotonic() - asked)), over.signal);
    while (alive()) {
      const sent = clock.monotonic();
      const confirmed = await within(clock, atMost(retryAfter), renew());
      const spent = clock.monotonic() - sent;
      await clock.sleep(atMost((confirmed ? third : retryAfter) - spent), over.signal);
    }
  }

  keepRenewing().catch(() => {}); // only when the session is over

  return {
    lease: granted.id,
    alive,
    lost,
    async close() {
      end("closed");
      await leases.revoke(granted.id).catch(() => {});
    },
  };
}

const trustedMs = (ttlSeconds: number): number => (ttlSeconds * 1000 * 2) / 3;

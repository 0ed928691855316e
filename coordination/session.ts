// A lease kept alive, and the honest answer whether it still is: given up at two thirds of its time, so that its
// holder stops well before etcd lets the next one in.
import type { Clock } from "../drivers/clock/port.ts";
import { EtcdError, type Leases } from "../drivers/etcd/port.ts";
import { within } from "./timeout.ts";

export interface Session {
  /** The lease's id, for puts that shall vanish with it. */
  readonly lease: string;
  /** Compares with the monotonic clock on each call: a process that was stopped for too long gets false at once. */
  alive(): boolean;
  /** Resolves once, with the reason in words, when the session is over; also after `close`. Never rejects. */
  readonly lost: Promise<string>;
  /** Ends it and revokes the lease, so that its keys vanish now. A failed revocation is left to the lease's time. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** Asked of etcd, which may grant more. At least 3; see `campaign` for what it means for a leader. */
  readonly ttlSeconds: number;
}

/** Grants the lease (EtcdError when that fails) and begins to renew it each third of its time. */
export async function openSession({ leases, clock, ttlSeconds }: SessionOptions): Promise<Session> {
  const asked = clock.monotonic();
  const granted = await leases.grant(ttlSeconds);
  const over = new AbortController();
  // Counted from before the request was sent: etcd's own count begins later, so ours always ends first.
  let deadline = asked + trusted(granted.ttl);
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

  /** True when etcd has confirmed. A late confirmation does not bring a lost session back. */
  async function renew(): Promise<boolean> {
    const sent = clock.monotonic();
    try {
      const ttl = await leases.keepAlive(granted.id);
      if (!alive()) return false;
      deadline = Math.max(deadline, sent + trusted(ttl));
      return true;
    } catch (error) {
      if (error instanceof EtcdError && error.kind === "lease-not-found") end(`lease ${granted.id} is gone from etcd`);
      return false;
    }
  }

  /** No wait goes past the deadline, so that the session is over at that moment and not at the next look. */
  async function keepRenewing(): Promise<void> {
    const third = (granted.ttl * 1000) / 3;
    const patience = third / 4; // an unanswered renewal is left to itself and another one sent
    const atMost = (ms: number) => Math.max(0, Math.min(ms, deadline - clock.monotonic()));
    await clock.sleep(atMost(third - (clock.monotonic() - asked)), over.signal);
    while (alive()) {
      const sent = clock.monotonic();
      const confirmed = await within(clock, atMost(patience), renew());
      const spent = clock.monotonic() - sent;
      await clock.sleep(atMost((confirmed ? third : patience) - spent), over.signal);
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

const trusted = (ttlSeconds: number): number => (ttlSeconds * 1000 * 2) / 3;

// The leases of the fake etcd, on a fake clock. As in etcd, none expires without a leader, and a new leader renews each
// for its full time.
import type { Clock } from "../../../drivers/clock/port.ts";
import { EtcdError } from "../../../drivers/etcd/port.ts";

/** etcd's shortest time to live with its default election timeout. */
const MIN_TTL_SECONDS = 2;

export class LeaseTable {
  readonly #clock: Clock;
  readonly #expired: (id: string) => void;
  readonly #leases = new Map<string, { readonly ttl: number; expiresAt: number }>();
  #ticking = true;
  #made = 0;

  /** `expired` is called for each lease that ends, by time or revocation. */
  constructor(clock: Clock, expired: (id: string) => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  exists = (id: string): boolean => this.#leases.has(id);

  grant(seconds: number): { id: string; ttl: number } {
    this.#made++;
    const id = String(7_000_000_000 + this.#made);
    const ttl = Math.max(MIN_TTL_SECONDS, seconds);
    this.#leases.set(id, { ttl, expiresAt: this.#clock.monotonic() + ttl * 1000 });
    void this.#expireInTime(id);
    return { id, ttl };
  }

  keepAlive(id: string): number {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new EtcdError("lease-not-found", `fake etcd: lease ${id} not found`);
    lease.expiresAt = this.#clock.monotonic() + lease.ttl * 1000;
    return lease.ttl;
  }

  revoke(id: string): void {
    if (this.#leases.delete(id)) this.#expired(id);
  }

  /** Ends the leases that are due. Called before each request, because the clock may have leapt. */
  expireDue(): void {
    if (!this.#ticking) return;
    for (const [id, { expiresAt }] of this.#leases) if (expiresAt <= this.#clock.monotonic()) this.revoke(id);
  }

  /** Whether a leader counts the leases' time. When it begins to, each lease has its full time again. */
  setTicking(ticking: boolean): void {
    if (ticking === this.#ticking) return;
    this.#ticking = ticking;
    if (ticking) for (const id of this.#leases.keys()) this.keepAlive(id);
  }

  async #expireInTime(id: string): Promise<void> {
    for (let lease = this.#leases.get(id); lease !== undefined; lease = this.#leases.get(id)) {
      const left = lease.expiresAt - this.#clock.monotonic();
      // Without a leader the time does not count. The next leader renews the lease.
      await this.#clock.sleep(left > 0 ? left : 1_000);
      this.expireDue();
    }
  }
}

// The story: each event is handed out as a write, for the transaction that makes it true, so that nothing is told that
// was not done, and nothing done that is not told.
import type { Event, NewEvent } from "../crd-like-specs/resources/event.ts";
import type { NodeId } from "../crd-like-specs/resources/ids.ts";
import type { Keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Leases, Write } from "../drivers/etcd/port.ts";

/** How long an event can be read. */
const LIVE_SECONDS = 24 * 3600;
/** One lease for all events of so long a time, never renewed: it is granted for the first of them, and idle means idle. */
const LEASE_SERVES_MS = 3600_000;

export interface Recorder {
  /** Name of the host whose controller, or agent, tells. */
  readonly by: string;
  /** The write that tells it. EtcdError where no lease could be had. */
  event(events: NewEvent): Promise<Write>;
  /** The lease is gone from etcd before its time: the next event takes another. */
  forgetLease(): void;
}

export interface RecorderOptions {
  readonly self: NodeId;
  readonly by: string;
  /** Both may tell something on one host at one moment. */
  readonly as: "agent" | "controller";
  readonly keys: Keyspace;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** For one term of one controller, or one life of an agent. */
export function recorder({ self, by, as, keys, leases, clock }: RecorderOptions): Recorder {
  let lease: { readonly id: string; readonly until: number } | undefined;
  let recorded = 0;

  async function leaseNow(): Promise<string> {
    const asked = clock.monotonic();
    if (lease === undefined || asked >= lease.until)
      lease = { id: (await leases.grant(LIVE_SECONDS)).id, until: asked + LEASE_SERVES_MS };
    return lease.id;
  }

  return {
    by,
    async event(events) {
      const carrier = await leaseNow();
      const event: Event = { at: new Date(clock.now()).toISOString(), ...events, by };
      recorded += 1;
      // Sorted by time, then as they were told; the host keeps two leaders of one moment apart.
      const key = keys.events.of(`${event.at}-${self}-${as}-${String(recorded).padStart(6, "0")}`);
      return { put: key, value: JSON.stringify(event), lease: carrier };
    },
    forgetLease() {
      lease = undefined;
    },
  };
}

// Event recorder: returns each event as a write for the transaction that it describes, so that an event exists if and
// only if the change does.
import type { Event, NewEvent } from "../crd-like-specs/resources/event.ts";
import type { NodeId } from "../crd-like-specs/resources/ids.ts";
import type { Keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Leases, Write } from "../drivers/etcd/port.ts";

/** How long etcd keeps an event. */
const LIVE_SECONDS = 24 * 3600;
/**
 * All events of this time share one lease. It is granted for the first one and never renewed: an idle cluster stays
 * idle.
 */
const LEASE_SERVES_MS = 3600_000;

export interface Recorder {
  /** Name of the node whose controller or agent records. */
  readonly by: string;
  /** The write that records the event. Rejects with an EtcdError if etcd grants no lease. */
  event(newEvent: NewEvent): Promise<Write>;
  /** To be called if etcd no longer has the lease: the next event takes a new one. */
  forgetLease(): void;
}

export interface RecorderOptions {
  readonly self: NodeId;
  readonly by: string;
  /** Part of the key: both may record on one node in the same millisecond. */
  readonly as: "agent" | "controller";
  readonly keys: Keyspace;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** A recorder for one term of a controller, or for one run of an agent. */
export function recorder({ self, by, as, keys, leases, clock }: RecorderOptions): Recorder {
  let lease: { readonly id: string; readonly until: number } | undefined;
  let count = 0;

  async function leaseNow(): Promise<string> {
    const asked = clock.monotonic();
    if (lease === undefined || asked >= lease.until)
      lease = { id: (await leases.grant(LIVE_SECONDS)).id, until: asked + LEASE_SERVES_MS };
    return lease.id;
  }

  return {
    by,
    async event(newEvent) {
      const leaseId = await leaseNow();
      const event: Event = { at: new Date(clock.now()).toISOString(), ...newEvent, by };
      count += 1;
      // Keys sort by time, then by order of recording. The node id separates two leaders of the same millisecond.
      const key = keys.events.of(`${event.at}-${self}-${as}-${String(count).padStart(6, "0")}`);
      return { put: key, value: JSON.stringify(event), lease: leaseId };
    },
    forgetLease() {
      lease = undefined;
    },
  };
}

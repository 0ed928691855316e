// What all clients of the twin share: the store, the members and the leases, and word of each change.
import { memberId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { LeaseTable } from "./leases.ts";
import { type FirstMember, Members } from "./members.ts";
import { Network } from "./network.ts";
import { Store } from "./store.ts";

export class EtcdState {
  readonly cluster = memberId("c1a57e");
  readonly clock: Clock;
  readonly store = new Store();
  readonly network = new Network(() => this.members.rewired());
  readonly members: Members;
  readonly leases: LeaseTable;
  readonly #watchers = new Set<() => void>();

  constructor(clock: Clock, members: readonly FirstMember[], random: () => number) {
    this.clock = clock;
    this.leases = new LeaseTable(clock, id => {
      this.store.dropLease(id);
      this.poke();
    });
    const joins = (one: string, other: string) => this.network.joins(one, other);
    const changed = () => {
      this.leases.setTicking(this.members.leader !== undefined);
      this.poke();
    };
    this.members = new Members({ clock, joins, random, changed }, members);
  }

  /** Calls back after each change of anything, until the function returned is called. */
  onChange(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** Something changed: whoever waits looks again. */
  poke(): void {
    for (const observe of [...this.#watchers]) observe();
  }
}

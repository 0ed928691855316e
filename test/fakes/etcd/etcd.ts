// The fake of etcd, for unit tests and the simulation: one cluster, into which a test injects faults, and a client per
// process. It passes the same conformance suite as the real etcds.
import type { MemberId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { FakeEtcdClient } from "./client.ts";
import type { FirstMember, MemberState } from "./members.ts";
import { EtcdState } from "./state.ts";

export type { FakeEtcdClient } from "./client.ts";
export type { FirstMember, MemberState } from "./members.ts";

export class FakeEtcd extends EtcdState {
  readonly #clients = new Set<FakeEtcdClient>();

  /**
   * A client with these client URLs. Default: those of all current members. `from` is the address of its node, whose
   * network cuts apply to the client. Without it, no cut applies. The client has methods for its own faults.
   */
  connect(endpoints?: readonly string[], from?: string): FakeEtcdClient {
    const urls = endpoints ?? this.members.all().flatMap(member => member.clientUrls);
    const client = new FakeEtcdClient(this, urls, from);
    this.#clients.add(client);
    return client;
  }

  /** The open clients of the node at this address. */
  clientsOf(from: string): FakeEtcdClient[] {
    for (const client of this.#clients) if (client.closed) this.#clients.delete(client);
    return [...this.#clients].filter(client => client.from === from);
  }

  /** Ends the process of a member. Its data stay. */
  stopMember(id: MemberId): void {
    this.members.stop(id);
  }

  /** Starts the process of a member. A new learner needs `as`. It has caught up immediately. */
  startMember(id: MemberId, as?: { name: string; clientUrl: string }): void {
    this.members.start(id, as);
    this.members.setCaughtUp(id, true);
  }

  /** Whether a learner has caught up. Until then it cannot be promoted. */
  setCaughtUp(id: MemberId, caughtUp: boolean): void {
    this.members.setCaughtUp(id, caughtUp);
  }

  /** Discards the history before this modRevision. Default: all of it. */
  compact(revision = this.store.revision): void {
    this.store.compact(revision);
  }

  /** The current state of each member, for assertions. */
  state(): readonly Readonly<MemberState>[] {
    return this.members.all();
  }
}

const onlyMember: FirstMember = {
  name: "m1",
  peerUrl: "http://127.0.0.1:2380",
  clientUrl: "http://127.0.0.1:2379",
};

export interface FakeEtcdOptions {
  /** The voters that run from the start. Default: one at 127.0.0.1. */
  readonly members?: readonly FirstMember[];
  /** In [0, 1): chooses the member that is elected. Default: always the first. */
  readonly random?: () => number;
}

/** A fake etcd cluster on this clock. */
export function fakeEtcd(clock: Clock, { members = [onlyMember], random = () => 0 }: FakeEtcdOptions = {}) {
  return new FakeEtcd(clock, members, random);
}

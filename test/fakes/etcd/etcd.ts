// An etcd in memory, for unit tests and the simulation: one world, which faults are done to, and a client for each
// process that would have one. It passes the same conformance suite as the real etcds.
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
   * A client with these client URLs; without any, with all members' of now. `from` is the address of its host, whose
   * cuts are its own; without one it stands outside. Faults of one client are its methods.
   */
  connect(endpoints?: readonly string[], from?: string): FakeEtcdClient {
    const urls = endpoints ?? this.members.all().flatMap(member => member.clientUrls);
    const client = new FakeEtcdClient(this, urls, from);
    this.#clients.add(client);
    return client;
  }

  /** The open clients of the host at this address. */
  clientsOf(from: string): FakeEtcdClient[] {
    for (const client of this.#clients) if (client.closed) this.#clients.delete(client);
    return [...this.#clients].filter(client => client.from === from);
  }

  /** The process of a member ends; its data stay. */
  stopMember(id: MemberId): void {
    this.members.stop(id);
  }

  /** The process of a member starts; a new learner needs to be told who it is, and has then caught up at once. */
  startMember(id: MemberId, as?: { name: string; clientUrl: string }): void {
    this.members.start(id, as);
    this.members.setCaughtUp(id, true);
  }

  /** Holds a learner back (false), so that it cannot be promoted, or lets it catch up. */
  setCaughtUp(id: MemberId, caughtUp: boolean): void {
    this.members.setCaughtUp(id, caughtUp);
  }

  /** Forgets the history before this revision; without one, all of it. */
  compact(revision = this.store.revision): void {
    this.store.compact(revision);
  }

  /** Each member as it is now, for a test to look at. */
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
  /** The voters that run from the start; a single one at 127.0.0.1 unless given. */
  readonly members?: readonly FirstMember[];
  /** In [0, 1): who of those that could is elected. The first unless given. */
  readonly random?: () => number;
}

export function fakeEtcd(clock: Clock, { members = [onlyMember], random = () => 0 }: FakeEtcdOptions = {}) {
  return new FakeEtcd(clock, members, random);
}

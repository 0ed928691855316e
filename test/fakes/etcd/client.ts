// One process' client of the twin, with the waits and errors that the real driver has: a dead server costs nothing,
// a silent one costs the deadline, and a write without an answer leaves doubt.
import type { MemberId } from "../../../crd-like-specs/resources/ids.ts";
import { type Etcd, EtcdError, type Kv, type Leases, type Membership } from "../../../drivers/etcd/port.ts";
import { type MemberState, toMember } from "./members.ts";
import type { EtcdState } from "./state.ts";
import { type Watcher, watchStore } from "./watch.ts";

const READ_MS = 3_000;
const WRITE_MS = 6_000;

export class FakeEtcdClient implements Etcd, Watcher {
  readonly kv: Kv;
  readonly leases: Leases;
  readonly membership: Membership;
  readonly #world: EtcdState;
  /** The address of its host; undefined outside of all. */
  readonly from: string | undefined;
  #endpoints: readonly string[];
  #reachable = true;
  #closed = false;
  #answersToLose = 0;
  #connection = 0;
  #batchesAStream = Number.POSITIVE_INFINITY;

  constructor(world: EtcdState, endpoints: readonly string[], from: string | undefined) {
    this.#world = world;
    this.from = from;
    this.#endpoints = endpoints;
    this.kv = this.#kv();
    this.leases = this.#leases();
    this.membership = this.#membership();
  }

  // --- faults ---

  /** Nothing gets through in either direction, and nobody is told. */
  cut(): void {
    this.#reachable = false;
    this.#world.poke();
  }

  heal(): void {
    this.#reachable = true;
    this.#world.poke();
  }

  /** The next `count` writes are applied, but their answers do not arrive. */
  loseAnswers(count = 1): void {
    this.#answersToLose = count;
  }

  /** Each stream breaks after it has carried so many batches of events. */
  breakStreamsAfter(batches: number): void {
    this.#batchesAStream = batches;
  }

  /** The connections that stand now break; new ones work. */
  breakStreams(): void {
    this.#connection++;
    this.#world.poke();
  }

  // --- Etcd ---

  endpoints(): readonly string[] {
    return this.#endpoints;
  }

  setEndpoints(endpoints: readonly string[]): void {
    this.#endpoints = endpoints;
    this.#world.poke();
  }

  close(): void {
    this.#closed = true;
    this.#world.poke();
  }

  // --- Watcher ---

  get closed(): boolean {
    return this.#closed;
  }

  reaches(member: MemberState): boolean {
    return this.#reachable && this.#world.network.joins(this.from, member.host);
  }

  server(): MemberState | undefined {
    const { members, network } = this.#world;
    const open = this.#running().filter(member => network.joins(this.from, member.host));
    return open.find(member => members.leaderOf(member) !== undefined) ?? open[0];
  }

  get connection(): number {
    return this.#connection;
  }

  get batchesAStream(): number {
    return this.#batchesAStream;
  }

  serves(member: MemberState): boolean {
    return member.up && member.clientUrls.some(url => this.#endpoints.includes(url));
  }

  #kv(): Kv {
    const { store } = this.#world;
    return {
      get: key => this.#read(`get ${key}`, () => store.get(key)),
      list: prefix => this.#read(`list ${prefix}`, () => ({ revision: store.revision, kvs: store.list(prefix) })),
      listStale: async prefix => {
        await this.#connected(`list ${prefix}`);
        return { revision: store.revision, kvs: store.list(prefix) };
      },
      txn: txn => this.#write("transaction", () => store.txn(txn, this.#world.leases.exists)),
      watch: (prefix, from) => watchStore(this.#world, this, prefix, from),
    };
  }

  #leases(): Leases {
    const { leases } = this.#world;
    return {
      grant: ttlSeconds => this.#read("grant lease", () => leases.grant(ttlSeconds)),
      keepAlive: id => this.#read("keep lease alive", () => leases.keepAlive(id)),
      revoke: id => this.#read("revoke lease", () => leases.revoke(id)),
    };
  }

  #membership(): Membership {
    const { members, cluster } = this.#world;
    return {
      list: () => this.#read("list members", () => ({ cluster, members: members.all().map(toMember) })),
      addLearner: peerUrl =>
        this.#write(`add learner ${peerUrl}`, () => {
          const { id } = members.addLearner(peerUrl);
          return { id, members: members.all().map(toMember) };
        }),
      promote: id => this.#write(`promote member ${id}`, () => members.promote(id)),
      remove: id => this.#write(`remove member ${id}`, () => members.remove(id)),
      status: endpoint => this.#exactly(endpoint, "status", member => this.#status(member)),
      moveLeader: (leaderEndpoint, to: MemberId) =>
        this.#exactly(leaderEndpoint, `move the leadership to ${to}`, member => members.moveLeader(member.id, to)),
    };
  }

  /** The running voters at its endpoints, in their order, wherever they can be reached from. */
  #running(): MemberState[] {
    const found = this.#endpoints.map(url => this.#world.members.at(url));
    return found.filter(member => member !== undefined).filter(member => member.up && !member.learner);
  }

  #status(member: MemberState) {
    const { members, store, cluster } = this.#world;
    return {
      cluster,
      member: member.id,
      leader: members.leaderOf(member),
      version: "3.5.0",
      learner: member.learner,
      raftIndex: store.revision,
      dbSizeBytes: 20_480,
    };
  }

  /** Reads, and writes that the real driver may repeat, so that a lost answer leaves no doubt. */
  async #read<T>(what: string, act: () => T): Promise<T> {
    await this.#admitted(what, READ_MS, false);
    return this.#act(act);
  }

  async #write<T>(what: string, act: () => T): Promise<T> {
    await this.#admitted(what, WRITE_MS, true);
    const result = this.#act(act);
    if (this.#answersToLose === 0) return result;
    this.#answersToLose--;
    await this.#world.clock.sleep(WRITE_MS);
    throw new EtcdError("timeout", `memory etcd: ${what}: the answer was lost`, { maybeApplied: true });
  }

  async #exactly<T>(endpoint: string, what: string, act: (member: MemberState) => T): Promise<T> {
    await Promise.resolve();
    this.#refuseWhenClosed(what);
    const member = this.#world.members.at(endpoint);
    if (member === undefined ? !this.#reachable : !this.reaches(member)) {
      await this.#world.clock.sleep(READ_MS);
      throw new EtcdError("timeout", `memory etcd: ${what}: no answer from ${endpoint}`);
    }
    if (!member?.up) throw new EtcdError("unavailable", `memory etcd: ${what}: no connection to ${endpoint}`);
    return this.#act(() => act(member));
  }

  #act<T>(act: () => T): T {
    const { leases, store } = this.#world;
    leases.expireDue();
    const before = store.revision;
    const result = act();
    if (store.revision !== before) this.#world.poke();
    return result;
  }

  /** Resolves when any server can be asked, with or without a leader. */
  async #connected(what: string): Promise<void> {
    await Promise.resolve(); // like any call over the network, never at once
    this.#refuseWhenClosed(what);
    if (this.#reachable && this.server() !== undefined) return;
    if (!this.#reachable || this.#running().length > 0) await this.#world.clock.sleep(READ_MS);
    throw this.#unavailable(what);
  }

  /** Resolves when a server with a leader answers; the errors are those of the real driver. One cut off is silent. */
  async #admitted(what: string, deadlineMs: number, maybeApplied: boolean): Promise<void> {
    await Promise.resolve();
    this.#refuseWhenClosed(what);
    if (this.#reachable && this.#running().length === 0) throw this.#unavailable(what);
    if (await this.#answered(deadlineMs)) return;
    this.#refuseWhenClosed(what);
    throw new EtcdError("timeout", `memory etcd: ${what}: no answer within ${deadlineMs / 1000} s`, { maybeApplied });
  }

  #answered(deadlineMs: number): Promise<boolean> {
    const { clock, members } = this.#world;
    const answers = () => {
      const server = this.#reachable ? this.server() : undefined;
      return server !== undefined && members.leaderOf(server) !== undefined;
    };
    if (answers()) return Promise.resolve(true);
    return new Promise(resolve => {
      const decided = new AbortController();
      const decide = (answered: boolean) => {
        forget();
        decided.abort(null);
        resolve(answered);
      };
      const forget = this.#world.onChange(() => {
        if (this.#closed) decide(false);
        else if (answers()) decide(true);
      });
      clock.sleep(deadlineMs, decided.signal).then(
        () => decide(false),
        () => {},
      );
    });
  }

  #unavailable(what: string): EtcdError {
    return new EtcdError("unavailable", `memory etcd: ${what}: no connection to ${this.#endpoints.join(", ")}`);
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closed) throw new EtcdError("closed", `memory etcd: ${what}: this client was closed`);
  }
}

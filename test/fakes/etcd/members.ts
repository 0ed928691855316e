// The twin's raft seen from outside: who is a member, who runs, who leads, whether there is a quorum,
// and which changes of membership etcd (strict as 3.4 to 3.5 are) would refuse.
import { type MemberId, memberId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { EtcdError, type EtcdErrorKind, type Member } from "../../../drivers/etcd/port.ts";

/** A member counts as healthy only when it has been connected for this long (etcd's HealthInterval). */
const HEALTHY_AFTER_MS = 5_000;
const ELECTION_MS = 1_500;

export interface MemberState {
  readonly id: MemberId;
  readonly peerUrl: string;
  /** Host part of the peer URL. */
  readonly host: string;
  name: string;
  clientUrls: readonly string[];
  learner: boolean;
  /** Its process runs. */
  up: boolean;
  /** Whether the leader hears it, and since when on the monotonic clock. */
  connected: boolean;
  connectedSince: number;
  /** For a learner: it has what the leader has. */
  caughtUp: boolean;
}

export interface FirstMember {
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export interface MembersContext {
  readonly clock: Clock;
  /** Whether packets pass between two hosts. */
  readonly joins: (one: string, other: string) => boolean;
  /** In [0, 1): who of those that could is elected. */
  readonly random: () => number;
  /** Called after each change. */
  readonly changed: () => void;
}

export class Members {
  readonly #context: MembersContext;
  readonly #byId = new Map<MemberId, MemberState>();
  #leader: MemberId | undefined;
  #electing = false;
  #made = 0;

  constructor(context: MembersContext, first: readonly FirstMember[]) {
    this.#context = context;
    for (const { name, peerUrl, clientUrl } of first) {
      const member = this.#make(peerUrl, false);
      Object.assign(member, { name, clientUrls: [clientUrl], up: true, heard: true, caughtUp: true });
    }
    this.#leader = this.voters()[0]?.id;
  }

  all(): readonly MemberState[] {
    return [...this.#byId.values()];
  }

  voters(): readonly MemberState[] {
    return this.all().filter(member => !member.learner);
  }

  /** Undefined during an election and without a quorum. */
  get leader(): MemberId | undefined {
    return this.#leader;
  }

  /** The leader as this member knows it: none where it is cut off from the one that leads. */
  leaderOf(member: MemberState): MemberId | undefined {
    const leader = this.#leader === undefined ? undefined : this.#byId.get(this.#leader);
    return leader && this.#hears(leader, member) ? leader.id : undefined;
  }

  quorum(): boolean {
    return this.#electable().length > 0;
  }

  at(clientUrl: string): MemberState | undefined {
    return this.all().find(member => member.clientUrls.includes(clientUrl));
  }

  get(id: MemberId): MemberState {
    const member = this.#byId.get(id);
    if (member === undefined) throw rejection("member-not-found", `member ${id} not found`);
    return member;
  }

  /** The process of a member starts (again); a learner's first start gives it its name and client URL. */
  start(id: MemberId, as?: { name: string; clientUrl: string }): void {
    const member = this.get(id);
    if (as !== undefined) {
      member.name = as.name;
      member.clientUrls = [as.clientUrl];
    }
    member.up = true;
    this.#settle();
  }

  stop(id: MemberId): void {
    this.get(id).up = false;
    this.#settle();
  }

  setCaughtUp(id: MemberId, caughtUp: boolean): void {
    this.get(id).caughtUp = caughtUp;
    this.#context.changed();
  }

  addLearner(peerUrl: string): MemberState {
    if (this.all().some(member => member.peerUrl === peerUrl)) {
      throw rejection("member-exists", `peer URL ${peerUrl} is a member's already`);
    }
    if (this.all().some(member => member.learner)) throw rejection("too-many-learners", "there is a learner already");
    const unhealthy = this.all().find(member => member.id !== this.#leader && !this.#healthy(member));
    if (unhealthy !== undefined) throw rejection("unhealthy-cluster", `${unhealthy.id} has not been connected for 5 s`);
    const member = this.#make(peerUrl, true);
    this.#settle();
    return member;
  }

  promote(id: MemberId): void {
    const member = this.get(id);
    if (!member.learner) throw rejection("not-learner", `${id} is a voter already`);
    if (!member.connected || !member.caughtUp)
      throw rejection("learner-not-ready", `${id} is not in sync with the leader`);
    member.learner = false;
    this.#settle();
  }

  remove(id: MemberId): void {
    const member = this.get(id);
    if (!member.learner) this.#refuseRemoval(member);
    this.#byId.delete(id);
    this.#settle();
  }

  moveLeader(from: MemberId, to: MemberId): void {
    if (from !== this.#leader) throw rejection("not-leader", `${from} is not the leader`);
    const member = this.#byId.get(to);
    if (member === undefined || member.learner || !member.connected) {
      throw rejection("member-not-found", `${to} cannot become the leader`);
    }
    this.#leader = to;
    this.#settle();
  }

  /** The network has changed. */
  rewired(): void {
    this.#settle();
  }

  #refuseRemoval(member: MemberState): void {
    const others = this.voters().filter(other => other.id !== member.id);
    const majority = Math.floor(others.length / 2) + 1;
    if (others.filter(other => other.name !== "").length < majority) {
      throw rejection("unhealthy-cluster", "not enough members have ever started");
    }
    if (!member.connected) return; // it is not part of the active quorum
    const active = others.filter(other => other.id === this.#leader || this.#healthy(other));
    if (active.length < majority) throw rejection("unhealthy-cluster", "the rest would have no quorum");
  }

  #healthy(member: MemberState): boolean {
    return member.connected && this.#context.clock.monotonic() - member.connectedSince >= HEALTHY_AFTER_MS;
  }

  #hears(one: MemberState, other: MemberState): boolean {
    return one.up && other.up && this.#context.joins(one.host, other.host);
  }

  /** Voters that hear a majority of all voters, themselves included. */
  #electable(): MemberState[] {
    const voters = this.voters();
    const commands = (one: MemberState) => voters.filter(other => this.#hears(one, other)).length > voters.length / 2;
    return voters.filter(commands);
  }

  #make(peerUrl: string, learner: boolean): MemberState {
    this.#made++;
    const id = memberId((0xa000 + this.#made).toString(16));
    const made: MemberState = {
      id,
      peerUrl,
      host: new URL(peerUrl).hostname,
      name: "",
      clientUrls: [],
      learner,
      up: false,
      connected: false,
      connectedSince: Number.NEGATIVE_INFINITY,
      caughtUp: false,
    };
    this.#byId.set(id, made);
    return made;
  }

  /** After each change: a leader that is gone or in a minority stops leading; a quorum without one elects. */
  #settle(): void {
    const electable = this.#electable();
    if (!electable.some(({ id }) => id === this.#leader)) this.#leader = undefined;
    if (this.#leader === undefined && electable.length > 0 && !this.#electing) void this.#elect();
    for (const member of this.#byId.values()) this.#hear(member);
    this.#context.changed();
  }

  /** Without a leader a member counts as heard while it runs: its next leader hears it or does not. */
  #hear(member: MemberState): void {
    const heard = member.up && (this.#leader === undefined || this.leaderOf(member) !== undefined);
    if (heard && !member.connected) member.connectedSince = this.#context.clock.monotonic();
    member.connected = heard;
  }

  async #elect(): Promise<void> {
    this.#electing = true;
    await this.#context.clock.sleep(ELECTION_MS);
    this.#electing = false;
    const electable = this.#electable();
    this.#leader = electable[Math.floor(this.#context.random() * electable.length)]?.id;
    this.#settle();
  }
}

export function toMember({ id, name, peerUrl, clientUrls, learner }: MemberState): Member {
  return { id, name, peerUrls: [peerUrl], clientUrls, learner };
}

function rejection(kind: EtcdErrorKind, message: string): EtcdError {
  return new EtcdError(kind, `memory etcd: ${message}`);
}

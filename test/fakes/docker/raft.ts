// The raft of one fake swarm: its leader, which managers reach each other, and writes whose leader has lost its quorum.
// Everything that takes time is a watchdog, which acts when its condition has held long enough.
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { type FakeMachine, type Reaches, runsAsNode } from "./machine.ts";
import { type Rejection, rejections } from "./rejections.ts";
import type { SwarmTimings } from "./timings.ts";
import type { Watchdogs } from "./watchdogs.ts";

export interface RaftMember {
  readonly id: SwarmNodeId;
  readonly machine: FakeMachine;
  /** As the leader reports it, with a delay after the network. */
  reachable: boolean;
  /** Since when it has known that it has no leader. Undefined while it follows one, dead or alive. */
  leaderlessSince: number | undefined;
}

/** A write in the log of a leader that could not commit it yet. */
interface Uncommitted {
  readonly leader: SwarmNodeId;
  readonly apply: () => void;
  /** Answers the caller. Undefined after the answer. */
  answer: ((rejection: Rejection | undefined) => void) | undefined;
}

/**
 * What a manager's calls meet. "stale": a leader that has lost its quorum without noticing, so that reads are answered
 * and writes hang. "waits": calls hang. "leaderless": calls are rejected.
 */
export type LeaderView = "answers" | "stale" | "waits" | "leaderless";

export interface RaftContext {
  readonly swarm: string;
  readonly clock: Clock;
  readonly timings: SwarmTimings;
  readonly reaches: Reaches;
  readonly dogs: Watchdogs;
  /** Called after each change that no caller requested. */
  readonly changed: () => void;
  /** Called when there is a new leader. `orderly`: the previous one transferred the leadership. */
  readonly elected: (orderly: boolean) => void;
}

export class Raft {
  readonly #context: RaftContext;
  /** In the order of joining, which is also the order of election. */
  readonly #members = new Map<SwarmNodeId, RaftMember>();
  #leader: SwarmNodeId | undefined;
  #leaderLostAt = Number.NEGATIVE_INFINITY;
  #uncommitted: Uncommitted[] = [];

  constructor(context: RaftContext) {
    this.#context = context;
  }

  add(id: SwarmNodeId, machine: FakeMachine): void {
    this.#members.set(id, { id, machine, reachable: true, leaderlessSince: undefined });
    this.#leader ??= id;
    if (machine.membership?.node === id) machine.membership.manager = true;
  }

  /**
   * A leader first transfers the leadership, and stays if no member can take it. Returns whether the member was
   * removed.
   */
  remove(id: SwarmNodeId): boolean {
    if (id === this.#leader) {
      const transferee = this.members().find(member => member.id !== id && member.reachable);
      if (transferee === undefined) return false;
      this.#lead(transferee, true);
    }
    this.#members.delete(id);
    return true;
  }

  get(id: SwarmNodeId): RaftMember | undefined {
    return this.#members.get(id);
  }

  members(): RaftMember[] {
    return [...this.#members.values()];
  }

  /** The leader, if it can commit. */
  leader(): RaftMember | undefined {
    const leader = this.#believedLeader();
    return leader && this.#commits(leader) ? leader : undefined;
  }

  /** Whether some member reaches a majority. Then there is a leader, or soon will be. */
  hasQuorum(): boolean {
    return this.members().some(member => this.#commits(member));
  }

  isLeader(id: SwarmNodeId): boolean {
    return this.#leader === id;
  }

  /** When the last leader was lost, on the monotonic clock. Minus infinity if never. */
  get leaderLostAt(): number {
    return this.#leaderLostAt;
  }

  view(id: SwarmNodeId): LeaderView {
    const { clock, timings } = this.#context;
    const member = this.#members.get(id);
    if (member === undefined) return "leaderless";
    if (member.leaderlessSince !== undefined)
      return clock.monotonic() - member.leaderlessSince < timings.leaderlessPatienceMs ? "waits" : "leaderless";
    const leader = this.#believedLeader();
    if (leader === undefined || !this.connects(member, leader)) return "waits";
    return this.#commits(leader) ? "answers" : "stale";
  }

  /** As the leader sees it: members that it reports as unreachable do not count. */
  canSpare(id: SwarmNodeId): boolean {
    const left = this.members().filter(member => member.id !== id);
    return left.filter(member => member.reachable).length >= majorityOf(left.length);
  }

  connects(one: RaftMember, other: RaftMember): boolean {
    return this.#running(one) && this.#running(other) && this.#context.reaches(one.machine, other.machine);
  }

  /**
   * Applies a write once a majority has it. Resolves to a rejection if the leader was lost before. Such a write stays
   * in that leader's log, and is applied if the same member leads again.
   */
  commit(apply: () => void): Promise<Rejection | undefined> {
    const leader = this.#leader;
    if (leader === undefined) return Promise.resolve(rejections.leaderLost);
    if (this.leader() !== undefined) {
      apply();
      return Promise.resolve(undefined);
    }
    return new Promise(answer => {
      this.#uncommitted.push({ leader, apply, answer });
    });
  }

  watch(): void {
    this.#watchLeadership();
    const leader = this.leader();
    if (leader !== undefined) this.#settleWrites(leader.id);
    // A leader without its quorum still reports reachability to the members that reach it.
    const believed = this.#believedLeader();
    if (believed !== undefined && this.#running(believed)) this.#watchReachability(believed);
    for (const member of this.members()) this.#watchFollower(member, believed);
  }

  /** The leader that the members follow, even if it cannot commit. */
  #believedLeader(): RaftMember | undefined {
    return this.#leader === undefined ? undefined : this.#members.get(this.#leader);
  }

  #watchLeadership(): void {
    const { clock, dogs, timings, changed } = this.#context;
    const lost = this.#leader !== undefined && this.leader() === undefined;
    dogs.watch("leader lost", lost, timings.leaderUnreachableMs, () => {
      this.#leader = undefined;
      this.#leaderLostAt = clock.monotonic();
      for (const write of this.#uncommitted) {
        write.answer?.(rejections.leaderLost);
        write.answer = undefined;
      }
      changed();
    });
    const electable = this.#leader === undefined && this.#successor() !== undefined;
    dogs.watch("election", electable, timings.electionMs, () => {
      const successor = this.#successor();
      if (successor !== undefined) this.#lead(successor, false);
      changed();
    });
  }

  /** Of the members that reach a majority, one with the longest log. */
  #successor(): RaftMember | undefined {
    const electable = this.members().filter(member => this.#commits(member));
    return electable.find(({ id }) => this.#uncommitted.some(write => write.leader === id)) ?? electable[0];
  }

  #lead(leader: RaftMember, orderly: boolean): void {
    this.#leader = leader.id;
    // A new leader reports reachability immediately.
    for (const member of this.members()) member.reachable = this.connects(leader, member);
    this.#context.elected(orderly);
  }

  /** Commits the waiting writes if the same member leads again. Another leader discards them. */
  #settleWrites(leader: SwarmNodeId): void {
    const writes = this.#uncommitted;
    this.#uncommitted = [];
    for (const write of writes) {
      if (write.leader === leader) write.apply();
      write.answer?.(write.leader === leader ? undefined : rejections.leaderLost);
    }
  }

  #watchReachability(leader: RaftMember): void {
    const { dogs, timings, changed } = this.#context;
    for (const member of this.members()) {
      const connected = this.connects(leader, member);
      const become = (reachable: boolean) => () => {
        member.reachable = reachable;
        changed();
      };
      dogs.watch(`${member.id} lost`, member.reachable && !connected, timings.unreachableMs, become(false));
      dogs.watch(`${member.id} back`, !member.reachable && connected, timings.reachableMs, become(true));
    }
  }

  #watchFollower(member: RaftMember, leader: RaftMember | undefined): void {
    const { clock, dogs, timings } = this.#context;
    const connected = leader !== undefined && this.connects(leader, member);
    if (connected) member.leaderlessSince = undefined;
    else if (leader === undefined) member.leaderlessSince ??= clock.monotonic();
    dogs.watch(`${member.id} leaderless`, leader !== undefined && !connected, timings.leaderUnreachableMs, () => {
      member.leaderlessSince ??= clock.monotonic();
    });
  }

  /** Whether this member reaches a majority, itself included. */
  #commits(member: RaftMember): boolean {
    const connected = this.members().filter(other => this.connects(member, other));
    return connected.length >= majorityOf(this.#members.size);
  }

  #running({ id, machine }: RaftMember): boolean {
    return runsAsNode(machine, this.#context.swarm, id);
  }
}

export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

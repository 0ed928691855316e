// The managers of one twin swarm: who leads, who hears whom, and what becomes of a write whose leader has lost its quorum.
// What takes time is a watchdog: told again after each change, it acts when its condition has held.
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { type FakeMachine, type Reaches, runsAsNode } from "./machine.ts";
import { type Rejection, rejections } from "./rejections.ts";
import type { SwarmTimings } from "./timings.ts";
import type { Watchdogs } from "./watchdogs.ts";

export interface RaftMember {
  readonly id: SwarmNodeId;
  readonly machine: FakeMachine;
  /** As the leader tells; it lags behind the network. */
  reachable: boolean;
  /** Since when it has known that it has no leader; undefined while it follows one, be it a dead one. */
  leaderlessSince: number | undefined;
}

/** A write in the log of a leader that could not commit it. */
interface Uncommitted {
  readonly leader: SwarmNodeId;
  readonly apply: () => void;
  /** Tells the caller; undefined once told. */
  answer: ((rejection: Rejection | undefined) => void) | undefined;
}

/**
 * How a manager stands to its leader. "stale": it reaches a leader that has lost its quorum and does not know it, so
 * that reads are answered and writes hang; "waits": calls hang; "leaderless": calls are refused.
 */
export type LeaderView = "answers" | "stale" | "waits" | "leaderless";

export interface RaftContext {
  readonly swarm: string;
  readonly clock: Clock;
  readonly timings: SwarmTimings;
  readonly reaches: Reaches;
  readonly dogs: Watchdogs;
  /** After each change that came by itself. */
  readonly changed: () => void;
  /** A new leader leads; `orderly` when the last one handed over. */
  readonly elected: (orderly: boolean) => void;
}

export class Raft {
  readonly #context: RaftContext;
  /** In the order of joining, which is the order of succession. */
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

  /** A leader that has to go hands over first; without an heir it stays. Tells whether the member is gone. */
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

  /** The leader, where it can commit. */
  leader(): RaftMember | undefined {
    const leader = this.#believedLeader();
    return leader && this.#commits(leader) ? leader : undefined;
  }

  /** Whether some member has a majority within reach: then one leads, or will in a moment. */
  hasQuorum(): boolean {
    return this.members().some(member => this.#commits(member));
  }

  isLeader(id: SwarmNodeId): boolean {
    return this.#leader === id;
  }

  /** When the last leader was missed, on the monotonic clock; minus infinity if never. */
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
    if (leader === undefined || !this.hears(member, leader)) return "waits";
    return this.#commits(leader) ? "answers" : "stale";
  }

  /** With the leader's eyes: members that it tells as unreachable do not count. */
  canSpare(id: SwarmNodeId): boolean {
    const left = this.members().filter(member => member.id !== id);
    return left.filter(member => member.reachable).length >= majorityOf(left.length);
  }

  hears(one: RaftMember, other: RaftMember): boolean {
    return this.#present(one) && this.#present(other) && this.#context.reaches(one.machine, other.machine);
  }

  /**
   * Applies a write once a majority has it. Resolves to a refusal when the leader was lost first: such a write stands
   * in that leader's log and is applied after all should it lead again.
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
    // One that has lost its quorum still tells, to those who reach it, whom it hears.
    const believed = this.#believedLeader();
    if (believed !== undefined && this.#present(believed)) this.#watchReachability(believed);
    for (const member of this.members()) this.#watchFollower(member, believed);
  }

  /** The one that the members follow, whether or not it can commit. */
  #believedLeader(): RaftMember | undefined {
    return this.#leader === undefined ? undefined : this.#members.get(this.#leader);
  }

  #watchLeadership(): void {
    const { clock, dogs, timings, changed } = this.#context;
    const missing = this.#leader !== undefined && this.leader() === undefined;
    dogs.inform("leader missed", missing, timings.leaderUnreachableMs, () => {
      this.#leader = undefined;
      this.#leaderLostAt = clock.monotonic();
      for (const write of this.#uncommitted) {
        write.answer?.(rejections.leaderLost);
        write.answer = undefined;
      }
      changed();
    });
    const electable = this.#leader === undefined && this.#successor() !== undefined;
    dogs.inform("election", electable, timings.electionMs, () => {
      const successor = this.#successor();
      if (successor !== undefined) this.#lead(successor, false);
      changed();
    });
  }

  /** Of those with a majority within reach, one with the longest log. */
  #successor(): RaftMember | undefined {
    const electable = this.members().filter(member => this.#commits(member));
    return electable.find(({ id }) => this.#uncommitted.some(write => write.leader === id)) ?? electable[0];
  }

  #lead(leader: RaftMember, orderly: boolean): void {
    this.#leader = leader.id;
    // It tells at once whom it hears.
    for (const member of this.members()) member.reachable = this.hears(leader, member);
    this.#context.elected(orderly);
  }

  /** What a leader could not commit is committed by the same one, or lost to another. */
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
      const heard = this.hears(leader, member);
      const informAs = (reachable: boolean) => () => {
        member.reachable = reachable;
        changed();
      };
      dogs.inform(`${member.id} lost`, member.reachable && !heard, timings.unreachableMs, informAs(false));
      dogs.inform(`${member.id} back`, !member.reachable && heard, timings.reachableMs, informAs(true));
    }
  }

  #watchFollower(member: RaftMember, leader: RaftMember | undefined): void {
    const { clock, dogs, timings } = this.#context;
    const heard = leader !== undefined && this.hears(leader, member);
    if (heard) member.leaderlessSince = undefined;
    else if (leader === undefined) member.leaderlessSince ??= clock.monotonic();
    dogs.inform(`${member.id} leaderless`, leader !== undefined && !heard, timings.leaderUnreachableMs, () => {
      member.leaderlessSince ??= clock.monotonic();
    });
  }

  /** Whether this member has a majority within reach, itself included. */
  #commits(member: RaftMember): boolean {
    const heard = this.members().filter(other => this.hears(member, other));
    return heard.length >= majorityOf(this.#members.size);
  }

  #present({ id, machine }: RaftMember): boolean {
    return runsAsNode(machine, this.#context.swarm, id);
  }
}

export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

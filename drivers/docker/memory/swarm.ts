// One swarm of the twin: its node records, its raft, and what its leader does by itself (docker's dispatcher and role
// manager). Everything that takes time is a watchdog: told again after each change, it acts when its condition has held.
import { type SwarmNodeId, swarmNodeId } from "../../../crd-like-specs/ids.ts";
import type { Clock } from "../../clock/port.ts";
import type { SwarmNode } from "../port.ts";
import type { Machine, Reaches } from "./machine.ts";
import { type Refusal, refusals } from "./said.ts";
import type { SwarmTimings } from "./timings.ts";
import { type Watchdogs, watchdogs } from "./watchdogs.ts";

interface NodeRecord {
  readonly id: SwarmNodeId;
  readonly machine: Machine;
  role: SwarmNode["role"];
  availability: SwarmNode["availability"];
  state: SwarmNode["state"];
  demotedAt: number | undefined;
}

interface RaftMember {
  readonly id: SwarmNodeId;
  readonly machine: Machine;
  /** As the leader tells; it lags behind the network. */
  reachable: boolean;
}

export interface SwarmContext {
  readonly clock: Clock;
  readonly timings: SwarmTimings;
  readonly reaches: Reaches;
}

export class Swarm {
  readonly id: string;
  readonly workerToken: string;
  readonly #context: SwarmContext;
  readonly #dogs: Watchdogs;
  readonly #records = new Map<SwarmNodeId, NodeRecord>();
  /** In the order of joining, which is the order of succession. */
  readonly #raft = new Map<SwarmNodeId, RaftMember>();
  #leader: SwarmNodeId | undefined;
  #leaderLostAt: number | undefined;
  #joined = 0;

  constructor(id: string, context: SwarmContext) {
    this.id = id;
    this.workerToken = `SWMTKN-1-${id}-worker`;
    this.#context = context;
    this.#dogs = watchdogs(context.clock);
  }

  /** Seats the first machine, as manager and leader. */
  begin(machine: Machine): SwarmNodeId {
    const id = this.#enrol(machine, "manager");
    this.#raft.set(id, { id, machine, reachable: true });
    this.#leader = id;
    this.changed();
    return id;
  }

  /** Seats a machine as a worker. */
  admit(machine: Machine): void {
    this.#enrol(machine, "worker");
    this.changed();
  }

  #enrol(machine: Machine, role: SwarmNode["role"]): SwarmNodeId {
    this.#joined += 1;
    const id = swarmNodeId(`${this.id}-${machine.name}-${this.#joined}`);
    machine.seat = { swarm: this.id, node: id };
    this.#records.set(id, { id, machine, role, availability: "active", state: "ready", demotedAt: undefined });
    return id;
  }

  knows(node: SwarmNodeId): boolean {
    return this.#records.has(node);
  }

  isMember(node: SwarmNodeId): boolean {
    return this.#raft.has(node);
  }

  /** host:port of every raft member. */
  managerAddresses(): string[] {
    return [...this.#raft.values()].map(member => raftAddress(member.machine)).sort();
  }

  /**
   * Whether a call at this machine gets through to a leader that can commit. "silent": the machine still follows a
   * leader that does not answer; "none": it knows that there is no leader.
   */
  leaderFrom(machine: Machine): "answers" | "silent" | "none" {
    const leader = this.#leaderMember();
    if (leader === undefined) return "none";
    return this.#commits(leader) && this.#context.reaches(machine, leader.machine) ? "answers" : "silent";
  }

  nodes(): SwarmNode[] {
    return [...this.#records.values()].map(record => {
      const member = this.#raft.get(record.id);
      return {
        id: record.id,
        hostname: record.machine.name,
        address: record.machine.address,
        engineVersion: record.machine.engineVersion,
        role: record.role,
        availability: record.availability,
        state: record.state,
        manager: member && {
          leader: this.#leader === record.id,
          reachable: member.reachable,
          address: raftAddress(record.machine),
        },
      };
    });
  }

  /** Undefined when it was done. */
  setRole(node: SwarmNodeId, role: SwarmNode["role"]): Refusal | undefined {
    const record = this.#records.get(node);
    if (record === undefined) return refusals.nodeNotFound(node);
    if (record.role === role) return undefined;
    const refusal = role === "worker" ? this.#whyNotDemote(node) : undefined;
    if (refusal === undefined) {
      record.role = role;
      this.changed();
    }
    return refusal;
  }

  #whyNotDemote(node: SwarmNodeId): Refusal | undefined {
    const managers = [...this.#records.values()].filter(record => record.role === "manager");
    if (managers.length === 1) return refusals.lastManagerDemoted;
    if (!this.#raft.has(node)) return refusals.notInMemberlist;
    return this.#canSpare(node) ? undefined : refusals.losesQuorum;
  }

  /** Undefined when it was done. */
  remove(node: SwarmNodeId, force: boolean): Refusal | undefined {
    const record = this.#records.get(node);
    if (record === undefined) return refusals.nodeNotFound(node);
    if (record.role === "manager" && this.#raft.has(node)) return refusals.stillManager(node);
    if (record.state === "ready" && !force) return refusals.notDown(node);
    this.#records.delete(node);
    this.changed();
    return undefined;
  }

  /** Why docker wants force to let this manager go; undefined for a worker. */
  whyNotLeave(machine: Machine, node: SwarmNodeId): Refusal | undefined {
    if (!this.#raft.has(node)) return undefined;
    if (this.leaderFrom(machine) !== "answers") return refusals.leaderlessManagerLeaves;
    const reachable = [...this.#raft.values()].filter(member => member.reachable).length;
    if (reachable === 1 && this.#raft.size === 1) return refusals.lastManagerLeaves;
    return reachable - 1 < majorityOf(this.#raft.size)
      ? refusals.leaveLosesQuorum(reachable - 1, this.#raft.size)
      : refusals.managerLeaves;
  }

  close(): void {
    this.#dogs.close();
  }

  /** After any change of the swarm or of the network: tells the watchdogs what holds now, and everyone to look again. */
  changed(): void {
    this.#watchLeadership();
    const leader = this.#leaderMember();
    if (leader !== undefined && this.#commits(leader)) {
      this.#watchReachability(leader);
      this.#watchNodeStates(leader);
      this.#watchRoles(leader);
    }
    this.#dogs.sweep();
    for (const member of this.#raft.values()) if (this.#present(member)) member.machine.events.next();
  }

  #watchLeadership(): void {
    const { leaderMissedMs, electionMs } = this.#context.timings;
    const leader = this.#leaderMember();
    const silent = leader !== undefined && !this.#commits(leader);
    this.#dogs.tell("leader missed", silent, leaderMissedMs, () => {
      this.#leader = undefined;
      this.#leaderLostAt = this.#context.clock.monotonic();
      this.changed();
    });
    const successor = [...this.#raft.values()].find(member => this.#commits(member));
    this.#dogs.tell("election", leader === undefined && successor !== undefined, electionMs, () => {
      const elected = [...this.#raft.values()].find(member => this.#commits(member));
      if (elected !== undefined) this.#lead(elected);
      this.changed();
    });
  }

  /** A new leader has heard of no node yet. */
  #lead(member: RaftMember): void {
    this.#leader = member.id;
    member.reachable = true;
    for (const record of this.#records.values()) if (record.state === "ready") record.state = "unknown";
  }

  #watchReachability(leader: RaftMember): void {
    const { unreachableMs, reachableMs } = this.#context.timings;
    for (const member of this.#raft.values()) {
      const answers = this.#hears(leader, member);
      const tellAs = (reachable: boolean) => () => {
        member.reachable = reachable;
        this.changed();
      };
      this.#dogs.tell(`${member.id} lost`, member.reachable && !answers, unreachableMs, tellAs(false));
      this.#dogs.tell(`${member.id} back`, !member.reachable && answers, reachableMs, tellAs(true));
    }
  }

  #watchNodeStates(leader: RaftMember): void {
    const { downMs, downFromUnknownMs, readyMs } = this.#context.timings;
    for (const record of this.#records.values()) {
      const there = this.#attends(leader, record);
      const tellAs = (state: SwarmNode["state"]) => () => {
        record.state = state;
        this.changed();
      };
      const patience = record.state === "unknown" ? downFromUnknownMs : downMs;
      this.#dogs.tell(`${record.id} from ${record.state}`, record.state !== "down" && !there, patience, tellAs("down"));
      this.#dogs.tell(`${record.id} to ready`, record.state !== "ready" && there, readyMs, tellAs("ready"));
    }
  }

  /** The role manager: brings the raft's membership to what the records want. */
  #watchRoles(leader: RaftMember): void {
    for (const record of this.#records.values()) {
      const wanted = record.role === "manager" && !this.#raft.has(record.id);
      const ready = wanted && this.#attends(leader, record);
      this.#dogs.tell(`promote ${record.id}`, ready, this.#promotionMs(record), () => {
        this.#raft.set(record.id, { id: record.id, machine: record.machine, reachable: true });
        this.changed();
      });
    }
    for (const { id } of this.#raft.values()) {
      const unwanted = this.#records.get(id)?.role !== "manager";
      this.#dogs.tell(`demote ${id}`, unwanted && this.#canSpare(id), this.#context.timings.demoteMs, () => {
        this.#expel(id);
        this.changed();
      });
    }
  }

  #promotionMs(record: NodeRecord): number {
    const { clock, timings } = this.#context;
    const since = (moment: number | undefined) => clock.monotonic() - (moment ?? Number.NEGATIVE_INFINITY);
    if (since(record.demotedAt) < timings.flapWindowMs) return timings.promoteAfterDemotionMs;
    return since(this.#leaderLostAt) < timings.leaderLossWindowMs
      ? timings.promoteAfterLeaderLossMs
      : timings.promoteMs;
  }

  /** A leader that has to go hands over first. */
  #expel(id: SwarmNodeId): void {
    if (id === this.#leader) {
      const heir = [...this.#raft.values()].find(member => member.id !== id && member.reachable);
      if (heir === undefined) return;
      this.#lead(heir);
    }
    this.#raft.delete(id);
    const record = this.#records.get(id);
    if (record !== undefined) record.demotedAt = this.#context.clock.monotonic();
  }

  #leaderMember(): RaftMember | undefined {
    return this.#leader === undefined ? undefined : this.#raft.get(this.#leader);
  }

  /** With the leader's own eyes: members that it tells as unreachable do not count. */
  #canSpare(id: SwarmNodeId): boolean {
    const left = [...this.#raft.values()].filter(member => member.id !== id);
    return left.filter(member => member.reachable).length >= majorityOf(left.length);
  }

  /** Whether this member has a majority of the raft within reach, itself included. */
  #commits(member: RaftMember): boolean {
    const heard = [...this.#raft.values()].filter(other => this.#hears(member, other));
    return heard.length >= majorityOf(this.#raft.size);
  }

  #hears(member: RaftMember, other: RaftMember): boolean {
    const { reaches } = this.#context;
    return this.#present(member) && this.#present(other) && reaches(member.machine, other.machine);
  }

  /** A node's session may run through any manager that the leader hears. */
  #attends(leader: RaftMember, record: NodeRecord): boolean {
    if (!this.#present(record)) return false;
    return [...this.#raft.values()].some(
      member => this.#hears(leader, member) && this.#context.reaches(record.machine, member.machine),
    );
  }

  /** The machine runs and still sits on this very seat. */
  #present({ id, machine }: { id: SwarmNodeId; machine: Machine }): boolean {
    return machine.running && machine.seat?.swarm === this.id && machine.seat.node === id;
  }
}

const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

const raftAddress = (machine: Machine): string => `${machine.address}:2377`;

// One swarm of the twin: its node records and what its leader does by itself, as docker's dispatcher (is a node there?)
// and its role manager (is the raft as the records want it?) do.
import { type SwarmNodeId, swarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { SwarmNode } from "../../../drivers/docker/port.ts";
import { type FakeMachine, type Reaches, runsAsNode } from "./machine.ts";
import { type LeaderView, majorityOf, Raft, type RaftMember } from "./raft.ts";
import { type Rejection, rejections } from "./rejections.ts";
import type { SwarmTimings } from "./timings.ts";
import { type Watchdogs, watchdogs } from "./watchdogs.ts";

interface NodeRecord {
  readonly id: SwarmNodeId;
  readonly machine: FakeMachine;
  role: SwarmNode["role"];
  state: SwarmNode["state"];
  availability: SwarmNode["availability"];
  /** Its mark: drained by us, and what it was before. */
  drainedFrom: SwarmNode["availability"] | undefined;
  /** Of services, not ended. */
  tasks: number;
  demotedAt: number;
}

/** What no engine can tell: all of a swarm, whoever leads it and whether or not anyone does. */
export interface SwarmState {
  readonly id: string;
  /** The one that leads and can commit. */
  readonly leader: SwarmNodeId | undefined;
  readonly nodes: readonly {
    readonly id: SwarmNodeId;
    readonly name: string;
    readonly role: SwarmNode["role"];
    readonly state: SwarmNode["state"];
    readonly availability: SwarmNode["availability"];
    /** Drained by us, and not by hand. */
    readonly drained: boolean;
    readonly tasks: number;
    /** A member of the raft. */
    readonly member: boolean;
    /** Its machine runs as this node of this swarm. */
    readonly running: boolean;
    /** A member that the leader hears now, whatever it tells. */
    readonly connected: boolean;
  }[];
  /** A majority of the raft is together. */
  readonly quorum: boolean;
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
  readonly #raft: Raft;
  readonly #records = new Map<SwarmNodeId, NodeRecord>();
  #joined = 0;
  #readyFromUnknownMs = 0;

  constructor(id: string, context: SwarmContext) {
    this.id = id;
    this.workerToken = `SWMTKN-1-${id}-worker`;
    this.#context = context;
    this.#dogs = watchdogs(context.clock);
    this.#raft = new Raft({
      ...context,
      swarm: id,
      dogs: this.#dogs,
      changed: () => this.changed(),
      elected: orderly => this.#forgetStates(orderly),
    });
  }

  /** Seats the first machine, as manager and leader. */
  begin(machine: FakeMachine): SwarmNodeId {
    const id = this.#enrol(machine, "manager");
    this.#raft.add(id, machine);
    this.changed();
    return id;
  }

  /** Seats a machine as a worker. */
  admit(machine: FakeMachine): void {
    this.#enrol(machine, "worker");
    this.changed();
  }

  #enrol(machine: FakeMachine, role: SwarmNode["role"]): SwarmNodeId {
    this.#joined += 1;
    const id = swarmNodeId(`${this.id}-${machine.name}-${this.#joined}`);
    machine.membership = { swarm: this.id, node: id, manager: false };
    machine.settled = true;
    const unmarked = { availability: "active", drainedFrom: undefined, tasks: 0 } as const;
    this.#records.set(id, { id, machine, role, state: "ready", ...unmarked, demotedAt: Number.NEGATIVE_INFINITY });
    return id;
  }

  /** How this machine, sitting in this swarm, stands to the leader; undefined for one that takes itself for a worker. */
  viewFrom(machine: FakeMachine): LeaderView | undefined {
    const { membership } = machine;
    return membership?.manager ? this.#raft.view(membership.node) : undefined;
  }

  /** host:port of every raft member. */
  managerAddresses(): string[] {
    return this.#raft
      .members()
      .map(member => raftAddress(member.machine))
      .sort();
  }

  nodes(): SwarmNode[] {
    return [...this.#records.values()].map(({ id, machine, role, state, availability, drainedFrom }) => {
      const member = this.#raft.get(id);
      const address = raftAddress(machine);
      return {
        id,
        hostname: machine.name,
        address: machine.address,
        engineVersion: machine.engineVersion,
        role,
        availability,
        drained: drainedFrom !== undefined,
        state,
        manager: member && { leader: this.#raft.isLeader(id), reachable: member.reachable, address },
      };
    });
  }

  snapshot(): SwarmState {
    const leader = this.#raft.leader();
    const nodes = [...this.#records.values()].map(record => {
      const { id, machine, role, state, availability, drainedFrom, tasks } = record;
      const member = this.#raft.get(id);
      const connected = leader !== undefined && member !== undefined && this.#raft.hears(leader, member);
      return {
        id,
        name: machine.name,
        role,
        state,
        availability,
        drained: drainedFrom !== undefined,
        tasks,
        member: member !== undefined,
        running: runsAsNode(machine, this.id, id),
        connected,
      };
    });
    return { id: this.id, leader: leader?.id, nodes, quorum: this.#raft.hasQuorum() };
  }

  /** Resolves to undefined when it was done. */
  async setRole(node: SwarmNodeId, role: SwarmNode["role"]): Promise<Rejection | undefined> {
    const record = this.#records.get(node);
    if (record === undefined) return rejections.nodeNotFound(node);
    if (record.role === role) return undefined;
    const rejection = role === "worker" ? this.#whyNotDemote(node) : undefined;
    return rejection ?? this.#raft.commit(() => this.#write(() => Object.assign(record, { role })));
  }

  /** Resolves to undefined when it was done. */
  async setDrained(node: SwarmNodeId, drained: boolean): Promise<Rejection | undefined> {
    const record = this.#records.get(node);
    if (record === undefined) return rejections.nodeNotFound(node);
    const { availability, drainedFrom } = record;
    if (drained ? availability === "drain" : drainedFrom === undefined) return undefined;
    const next = drained
      ? { availability: "drain", drainedFrom: availability }
      : { availability: availability === "drain" ? drainedFrom : availability, drainedFrom: undefined };
    return this.#raft.commit(() => this.#write(() => Object.assign(record, next)));
  }

  /** How many tasks have not ended there; undefined where there is no such node. */
  tasksOn(node: SwarmNodeId): number | undefined {
    return this.#records.get(node)?.tasks;
  }

  /** Somebody's `docker node update --availability`. */
  setAvailability(node: SwarmNodeId, availability: SwarmNode["availability"]): void {
    const record = this.#records.get(node);
    if (record !== undefined) this.#write(() => Object.assign(record, { availability }));
  }

  /** From now on so many tasks of services run there; a node that is drained gets none. */
  place(node: SwarmNodeId, tasks: number): void {
    const record = this.#records.get(node);
    if (record === undefined || record.availability === "drain") return;
    record.tasks = tasks;
  }

  #whyNotDemote(node: SwarmNodeId): Rejection | undefined {
    const managers = [...this.#records.values()].filter(record => record.role === "manager");
    if (managers.length === 1) return rejections.lastManagerDemoted;
    if (this.#raft.get(node) === undefined) return rejections.notInMemberlist;
    return this.#raft.canSpare(node) ? undefined : rejections.losesQuorum;
  }

  /** Resolves to undefined when it was done. */
  async remove(node: SwarmNodeId, force: boolean): Promise<Rejection | undefined> {
    const record = this.#records.get(node);
    if (record === undefined) return rejections.nodeNotFound(node);
    if (record.role === "manager" && this.#raft.get(node) !== undefined) return rejections.stillManager(node);
    if (record.state === "ready" && !force) return rejections.notDown(node);
    return this.#raft.commit(() => this.#write(() => this.#records.delete(node)));
  }

  #write(change: () => void): void {
    change();
    this.changed();
  }

  /** Why docker wants force to let this machine go; undefined for a worker. */
  leaveRejection(machine: FakeMachine): Rejection | undefined {
    const view = this.viewFrom(machine);
    if (view === undefined) return undefined;
    const members = this.#raft.members();
    const reachable = members.filter(member => member.reachable).length;
    if (view !== "answers" || reachable - 1 >= majorityOf(members.length)) return rejections.managerLeaves;
    return members.length === 1
      ? rejections.lastManagerLeaves
      : rejections.leaveLosesQuorum(reachable - 1, members.length);
  }

  close(): void {
    this.#dogs.close();
  }

  /** After any change of the swarm or of the network: tells the watchdogs what holds now, and everyone to look again. */
  changed(): void {
    this.#raft.watch();
    const leader = this.#raft.leader();
    if (leader !== undefined) {
      for (const record of this.#records.values()) {
        this.#greet(record, leader);
        this.#watchState(record, leader);
        this.#watchPromotion(record, leader);
        this.#watchTasks(record, leader);
      }
      for (const member of this.#raft.members()) this.#watchDemotion(member);
    }
    this.#dogs.sweep();
    for (const { id, machine } of this.#raft.members()) if (runsAsNode(machine, this.id, id)) machine.events.next();
  }

  /** A new leader has heard of no node yet. */
  #forgetStates(orderly: boolean): void {
    const { readyAfterHandoverMs, readyAfterElectionMs } = this.#context.timings;
    this.#readyFromUnknownMs = orderly ? readyAfterHandoverMs : readyAfterElectionMs;
    for (const record of this.#records.values()) if (record.state === "ready") record.state = "unknown";
  }

  /** Contact makes a machine settle, and tells it what it is. */
  #greet({ id, machine }: NodeRecord, leader: RaftMember): void {
    if (machine.membership === undefined || !this.#attends(id, machine, leader)) return;
    machine.settled = true;
    machine.membership.manager = this.#raft.get(id) !== undefined;
  }

  #watchState(record: NodeRecord, leader: RaftMember): void {
    const { downMs, downFromUnknownMs, readyMs } = this.#context.timings;
    const { id, state } = record;
    const there = this.#attends(id, record.machine, leader);
    const informAs = (next: SwarmNode["state"]) => () => this.#write(() => Object.assign(record, { state: next }));
    const [downAfter, readyAfter] =
      state === "unknown" ? [downFromUnknownMs, this.#readyFromUnknownMs] : [downMs, readyMs];
    this.#dogs.inform(`${id} from ${state} to down`, state !== "down" && !there, downAfter, informAs("down"));
    this.#dogs.inform(`${id} from ${state} to ready`, state !== "ready" && there, readyAfter, informAs("ready"));
  }

  /** They end on a node that is there; no event tells of it. */
  #watchTasks(record: NodeRecord, leader: RaftMember): void {
    const leaves = record.availability === "drain" && this.#attends(record.id, record.machine, leader);
    this.#dogs.inform(`${record.id} drained`, leaves, this.#context.timings.drainMs, () => {
      record.tasks = 0;
    });
  }

  #watchPromotion(record: NodeRecord, leader: RaftMember): void {
    const { id, machine } = record;
    const wanted = record.role === "manager" && this.#raft.get(id) === undefined;
    this.#dogs.inform(`promote ${id}`, wanted && this.#attends(id, machine, leader), this.#promotionMs(record), () =>
      this.#write(() => this.#raft.add(id, machine)),
    );
  }

  #promotionMs({ demotedAt }: NodeRecord): number {
    const { clock, timings } = this.#context;
    const now = clock.monotonic();
    if (now - demotedAt < timings.flapWindowMs) return timings.promoteAfterDemotionMs;
    return Math.max(timings.promoteMs, this.#raft.leaderLostAt + timings.leaderLossEchoMs - now);
  }

  /** A member whose record is gone has to go, too. */
  #watchDemotion({ id }: RaftMember): void {
    const unwanted = this.#records.get(id)?.role !== "manager";
    this.#dogs.inform(`demote ${id}`, unwanted && this.#raft.canSpare(id), this.#context.timings.demoteMs, () =>
      this.#write(() => {
        const record = this.#records.get(id);
        if (this.#raft.remove(id) && record !== undefined) record.demotedAt = this.#context.clock.monotonic();
      }),
    );
  }

  /** A node's session may run through any manager that the leader hears. */
  #attends(id: SwarmNodeId, machine: FakeMachine, leader: RaftMember): boolean {
    if (!runsAsNode(machine, this.id, id)) return false;
    return this.#raft
      .members()
      .some(member => this.#raft.hears(leader, member) && this.#context.reaches(machine, member.machine));
  }
}

const raftAddress = (machine: FakeMachine): string => `${machine.address}:2377`;

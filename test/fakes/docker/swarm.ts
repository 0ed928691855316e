// One fake swarm: its node records, and what its leader does on its own, like docker's dispatcher (is a node alive?)
// and role manager (does the raft match the records?).
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
  /** The availability from before, if swarmkeeper drained the node. */
  drainedFrom: SwarmNode["availability"] | undefined;
  /** Tasks of services that have not ended. */
  tasks: number;
  demotedAt: number;
}

/** The actual state of a swarm, with or without a leader. No engine can report all of it. */
export interface SwarmState {
  readonly id: string;
  /** The leader, if it can commit. */
  readonly leader: SwarmNodeId | undefined;
  readonly nodes: readonly {
    readonly id: SwarmNodeId;
    readonly name: string;
    readonly role: SwarmNode["role"];
    readonly state: SwarmNode["state"];
    readonly availability: SwarmNode["availability"];
    /** Drained by swarmkeeper, not manually. */
    readonly drained: boolean;
    readonly tasks: number;
    /** Whether it is a member of the raft. */
    readonly member: boolean;
    /** Whether its machine runs as this node of this swarm. */
    readonly running: boolean;
    /** Whether the leader reaches this member now, regardless of what the leader reports. */
    readonly connected: boolean;
  }[];
  /** Whether a majority of the raft is connected. */
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

  /** Adds the first machine, as manager and leader. */
  start(machine: FakeMachine): SwarmNodeId {
    const id = this.#addRecord(machine, "manager");
    this.#raft.add(id, machine);
    this.changed();
    return id;
  }

  /** Adds a machine as a worker. */
  admit(machine: FakeMachine): void {
    this.#addRecord(machine, "worker");
    this.changed();
  }

  #addRecord(machine: FakeMachine, role: SwarmNode["role"]): SwarmNodeId {
    this.#joined += 1;
    const id = swarmNodeId(`${this.id}-${machine.name}-${this.#joined}`);
    machine.membership = { swarm: this.id, node: id, manager: false };
    machine.settled = true;
    const unmarked = { availability: "active", drainedFrom: undefined, tasks: 0 } as const;
    this.#records.set(id, { id, machine, role, state: "ready", ...unmarked, demotedAt: Number.NEGATIVE_INFINITY });
    return id;
  }

  /** What the calls of this machine of this swarm meet. Undefined if the machine considers itself a worker. */
  viewFrom(machine: FakeMachine): LeaderView | undefined {
    const { membership } = machine;
    return membership?.manager ? this.#raft.view(membership.node) : undefined;
  }

  /** host:port of every raft member, sorted. */
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
      const connected = leader !== undefined && member !== undefined && this.#raft.connects(leader, member);
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

  /** Resolves to undefined if it succeeded, else to the rejection. */
  async setRole(node: SwarmNodeId, role: SwarmNode["role"]): Promise<Rejection | undefined> {
    const record = this.#records.get(node);
    if (record === undefined) return rejections.nodeNotFound(node);
    if (record.role === role) return undefined;
    const rejection = role === "worker" ? this.#demotionRejection(node) : undefined;
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

  /** The number of tasks that have not ended on this node. Undefined if there is no such node. */
  tasksOn(node: SwarmNodeId): number | undefined {
    return this.#records.get(node)?.tasks;
  }

  /** An operator's `docker node update --availability`. */
  setAvailability(node: SwarmNodeId, availability: SwarmNode["availability"]): void {
    const record = this.#records.get(node);
    if (record !== undefined) this.#write(() => Object.assign(record, { availability }));
  }

  /** Sets the number of service tasks on this node. A drained node gets none. */
  place(node: SwarmNodeId, tasks: number): void {
    const record = this.#records.get(node);
    if (record === undefined || record.availability === "drain") return;
    record.tasks = tasks;
  }

  #demotionRejection(node: SwarmNodeId): Rejection | undefined {
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

  /** Why docker does not let this machine leave without force. Undefined for a worker. */
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

  /** After any change of the swarm or the network: updates the watchdogs and signals every manager to read again. */
  changed(): void {
    this.#raft.watch();
    const leader = this.#raft.leader();
    if (leader !== undefined) {
      for (const record of this.#records.values()) {
        this.#contact(record, leader);
        this.#watchState(record, leader);
        this.#watchPromotion(record, leader);
        this.#watchTasks(record, leader);
      }
      for (const member of this.#raft.members()) this.#watchDemotion(member);
    }
    this.#dogs.sweep();
    for (const { id, machine } of this.#raft.members()) if (runsAsNode(machine, this.id, id)) machine.events.next();
  }

  /** A new leader does not know the state of any node yet. */
  #forgetStates(orderly: boolean): void {
    const { readyAfterHandoverMs, readyAfterElectionMs } = this.#context.timings;
    this.#readyFromUnknownMs = orderly ? readyAfterHandoverMs : readyAfterElectionMs;
    for (const record of this.#records.values()) if (record.state === "ready") record.state = "unknown";
  }

  /** After contact with the leader a machine is active, and knows its role. */
  #contact({ id, machine }: NodeRecord, leader: RaftMember): void {
    if (machine.membership === undefined || !this.#isConnected(id, machine, leader)) return;
    machine.settled = true;
    machine.membership.manager = this.#raft.get(id) !== undefined;
  }

  #watchState(record: NodeRecord, leader: RaftMember): void {
    const { downMs, downFromUnknownMs, readyMs } = this.#context.timings;
    const { id, state } = record;
    const connected = this.#isConnected(id, record.machine, leader);
    const become = (next: SwarmNode["state"]) => () => this.#write(() => Object.assign(record, { state: next }));
    const [downAfter, readyAfter] =
      state === "unknown" ? [downFromUnknownMs, this.#readyFromUnknownMs] : [downMs, readyMs];
    this.#dogs.watch(`${id} from ${state} to down`, state !== "down" && !connected, downAfter, become("down"));
    this.#dogs.watch(`${id} from ${state} to ready`, state !== "ready" && connected, readyAfter, become("ready"));
  }

  /** Tasks end on a connected node that is drained. There is no event about it. */
  #watchTasks(record: NodeRecord, leader: RaftMember): void {
    const leaves = record.availability === "drain" && this.#isConnected(record.id, record.machine, leader);
    this.#dogs.watch(`${record.id} drained`, leaves, this.#context.timings.drainMs, () => {
      record.tasks = 0;
    });
  }

  #watchPromotion(record: NodeRecord, leader: RaftMember): void {
    const { id, machine } = record;
    const desired = record.role === "manager" && this.#raft.get(id) === undefined;
    this.#dogs.watch(
      `promote ${id}`,
      desired && this.#isConnected(id, machine, leader),
      this.#promotionMs(record),
      () => this.#write(() => this.#raft.add(id, machine)),
    );
  }

  #promotionMs({ demotedAt }: NodeRecord): number {
    const { clock, timings } = this.#context;
    const now = clock.monotonic();
    if (now - demotedAt < timings.flapWindowMs) return timings.promoteAfterDemotionMs;
    return Math.max(timings.promoteMs, this.#raft.leaderLostAt + timings.leaderLossEchoMs - now);
  }

  /** A member without a record is removed too. */
  #watchDemotion({ id }: RaftMember): void {
    const undesired = this.#records.get(id)?.role !== "manager";
    this.#dogs.watch(`demote ${id}`, undesired && this.#raft.canSpare(id), this.#context.timings.demoteMs, () =>
      this.#write(() => {
        const record = this.#records.get(id);
        if (this.#raft.remove(id) && record !== undefined) record.demotedAt = this.#context.clock.monotonic();
      }),
    );
  }

  /** A node is connected through any manager that the leader reaches. */
  #isConnected(id: SwarmNodeId, machine: FakeMachine, leader: RaftMember): boolean {
    if (!runsAsNode(machine, this.id, id)) return false;
    return this.#raft
      .members()
      .some(member => this.#raft.connects(leader, member) && this.#context.reaches(machine, member.machine));
  }
}

const raftAddress = (machine: FakeMachine): string => `${machine.address}:2377`;

// Hosts by the thousand, whose agents take their time, fail and go away: for the planner's rollouts alone. Three of
// them are managers whose rafts are always well. Time goes on second by second.
import { type HealthHistory, updateHealth } from "../../controller/loop/healthy-since.ts";
import type { Action } from "../../controller/plan/actions.ts";
import { check } from "../../controller/plan/check.ts";
import { plan } from "../../controller/plan/plan.ts";
import type { MemberState, PlanInput } from "../../controller/state/input.ts";
import { type World, worldOf } from "../../controller/state/world.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { memberId, type NodeId, nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import type { Role } from "../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../crd-like-specs/resources/rollout.ts";
import { DEFAULT_NODE, DEFAULT_SPEC, type Spec } from "../../crd-like-specs/settings/spec.ts";
import { changedNames, isSameSet, setIn, setOf, type UnitSet, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import { unitFilesOf } from "../fixtures/unit-files.ts";
import type { Chance } from "./random.ts";
import { RollingSwarm } from "./rolling-swarm.ts";

const MANAGERS = 3;
const LEASE_S = 10;
const START = Date.UTC(2026, 0, 1);
/** A text with this word in it never comes up anywhere. */
export const BAD = "never comes up";

export interface RollingHost {
  readonly id: NodeId;
  readonly name: string;
  readonly role: Role;
  alive: boolean;
  wasAway: boolean;
  lastSeen: number;
  /** Its agent does what it is assigned at this time. */
  applyAt: number | undefined;
  /** Nothing that is started here comes up. */
  broken: boolean;
  /** Changed by the controller, and not well for long enough since: by the world's own count. */
  disturbed: boolean;
  healthySince: number | undefined;
}

export class RollingHosts {
  now = START;
  spec: Spec;
  readonly hosts: RollingHost[];
  readonly registrations = new Map<NodeId, Registration>();
  readonly statuses = new Map<NodeId, NodeStatus>();
  readonly assignments = new Map<NodeId, Assignment>();
  readonly revisions = new Map<number, Revision>();
  readonly texts = new Map<string, string>();
  rollout: Rollout | undefined;
  readonly told: string[] = [];
  readonly broken: string[] = [];
  /** Puts of the rollout's record, of revisions, assignments and statuses. */
  writes = 0;
  readonly planMs: number[] = [];
  readonly swarm: RollingSwarm;
  /** Since when the rollout's record has said that a host is emptied before its units change. */
  readonly #drainedSince = new Map<NodeId, number>();
  #health: HealthHistory = new Map();
  readonly #chance: Chance;

  constructor(workers: number, chance: Chance, rollout: Partial<Spec["rollout"]>) {
    this.#chance = chance;
    this.spec = { ...DEFAULT_SPEC, managers: MANAGERS, rollout: { ...DEFAULT_SPEC.rollout, ...rollout } };
    this.hosts = Array.from({ length: MANAGERS + workers }, (_, n) => ({
      id: nodeId(n.toString(16).padStart(12, "0")),
      name: `h${n}`,
      role: n < MANAGERS ? "manager" : "worker",
      ...{ alive: true, wasAway: false },
      lastSeen: START,
      ...{ applyAt: undefined, broken: false, disturbed: false, healthySince: undefined },
    }));
    this.swarm = new RollingSwarm(
      this.hosts.map(({ name }) => name),
      chance,
    );
    for (const host of this.hosts) this.#register(host);
  }

  /** As an operator's put. */
  put(role: Role, units: readonly string[], files: Readonly<Record<string, string>>): void {
    this.spec = { ...this.spec, units: { ...this.spec.units, [role]: units, files: unitFilesOf(files) } };
  }

  set(rollout: Partial<Spec["rollout"]>): void {
    this.spec = { ...this.spec, rollout: { ...this.spec.rollout, ...rollout } };
  }

  drain(host: RollingHost, drain: boolean): void {
    this.spec = { ...this.spec, nodes: { ...this.spec.nodes, [host.id]: { ...DEFAULT_NODE, drain } } };
  }

  there(role: Role): RollingHost[] {
    return this.hosts.filter(host => host.role === role && this.registrations.has(host.id));
  }

  /** One second: agents act, the leader plans, and does what it planned, or the first part of it. */
  tick(crash = false): readonly Action[] {
    this.now += 1000;
    for (const host of this.hosts) this.#live(host);
    this.swarm.live(this.now);
    if (crash) this.#health = new Map();
    const { rollout, statuses, assignments, registrations } = this;
    this.#health = updateHealth(this.#health, { rollout, statuses, assignments, registrations }, this.now);
    const begun = performance.now();
    const world = this.world();
    const { actions } = plan(world);
    const violations = check(world, actions);
    this.planMs.push(performance.now() - begun);
    this.broken.push(...violations);
    const done = crash ? actions.slice(0, this.#chance.int(0, actions.length)) : actions;
    for (const action of done) this.#apply(action);
    return done;
  }

  /** Seconds until this holds. Throws, with the rollout as it is then, when it does not hold within the limit. */
  until(holds: () => boolean, limitS = 3_000): number {
    for (let passed = 0; passed <= limitS; passed++) {
      if (holds()) return passed;
      this.tick();
    }
    const { rollout } = this;
    throw new Error(`${limitS} s were not enough: ${holds} does not hold; the rollout: ${JSON.stringify(rollout)}`);
  }

  /** Everyone who is there runs what the spec asks for, and nobody is being changed. */
  settled(): boolean {
    const wanted = wantedBy(this.spec);
    return this.unlike(role => setOf(wanted, role)).length === 0 && this.rollout?.inFlight.length === 0;
  }

  /** Hosts that are there and do not run this. */
  unlike(wanted: (role: Role) => UnitSet): RollingHost[] {
    return this.hosts.filter(host => {
      const assignment = this.assignments.get(host.id);
      const reached = this.statuses.get(host.id)?.generation === assignment?.generation;
      return host.alive && !(assignment && reached && isSameSet(setIn(assignment), wanted(host.role)));
    });
  }

  #register(host: RollingHost): void {
    const { id, name, role } = host;
    const versions = { swarmkeeper: "0", docker: "26", etcd: "3.5" };
    const registeredAt = new Date(this.now).toISOString();
    this.registrations.set(id, { id, name, role, address: addressOf(host), versions, bootId: "b", registeredAt });
  }

  #live(host: RollingHost): void {
    if (host.alive) host.lastSeen = this.now;
    else if (this.now - host.lastSeen > LEASE_S * 1000) this.registrations.delete(host.id);
    const assignment = this.assignments.get(host.id);
    if (!host.alive) host.wasAway = true;
    else {
      if (!this.registrations.has(host.id)) this.#register(host);
      if (host.wasAway) this.#startAgain(host);
      if (assignment && assignment.generation !== this.statuses.get(host.id)?.generation) {
        host.applyAt ??= this.now + this.#chance.int(0, 4) * 1000;
        if (host.applyAt <= this.now) this.#applyAssignment(host, assignment);
      }
    }
    // Whoever has lost his power is taken at his last word until his lease is over: nobody can know better.
    const status = this.registrations.has(host.id) ? this.statuses.get(host.id) : undefined;
    const healthy =
      status?.generation === assignment?.generation && status?.units.every(unit => unit.problem === undefined);
    host.healthySince = healthy ? (host.healthySince ?? this.now) : undefined;
    const { minHealthySeconds } = this.spec.rollout;
    if (host.healthySince !== undefined && this.now - host.healthySince >= minHealthySeconds * 1000)
      host.disturbed = false;
  }

  /** Back from a loss of power: what ran is started again. */
  #startAgain(host: RollingHost): void {
    host.wasAway = false;
    const status = this.statuses.get(host.id);
    const since = new Date(this.now).toISOString();
    if (status) this.statuses.set(host.id, { ...status, units: status.units.map(unit => ({ ...unit, since })) });
  }

  #applyAssignment(host: RollingHost, { generation, units, files, etcd }: Assignment): void {
    host.applyAt = undefined;
    host.healthySince = undefined;
    this.writes += 1;
    const { id, name, role } = host;
    this.statuses.set(id, {
      ...{ id, name, generation, phase: "running", left: [] },
      etcd: { mode: etcd.mode, healthy: true, ...(etcd.mode === "member" ? { member: etcd.member } : {}) },
      swarm: { state: "active", node: swarmNodeId(`s${name}`), control: role === "manager" },
      units: units.map(unit => {
        const file = files?.[unit];
        const unhealthy = host.broken || (file !== undefined && this.texts.get(file)?.includes(BAD) === true);
        return {
          ...{
            name: unit,
            active: unhealthy ? "failed" : "active",
            sub: unhealthy ? "failed" : "running",
            restarts: 0,
          },
          ...{ since: new Date(this.now).toISOString(), ...(file === undefined ? {} : { file }) },
          ...(unhealthy
            ? { problem: { reason: "Failed" as const, transient: false, message: "does not come up" } }
            : {}),
        };
      }),
    });
  }

  #apply(action: Action): void {
    if (action.type === "write-rollout") {
      this.writes += action.fresh ? 2 : 1;
      this.rollout = action.rollout;
      this.#follow(action.rollout);
      this.told.push(...action.events.map(({ text }) => text));
      for (const [hash, text] of Object.entries(action.fresh?.texts ?? {})) this.texts.set(hash, text);
      if (action.fresh) this.revisions.set(action.fresh.revision.number, action.fresh.revision);
      for (const number of action.fresh?.drop.revisions ?? []) this.revisions.delete(number);
    }
    if (action.type === "write-assignment") this.#assign(action);
    if (action.type === "swarm-set-drained") this.swarm.apply(action, this.now);
  }

  #assign({ node, assignment }: Extract<Action, { type: "write-assignment" }>): void {
    const before = this.assignments.get(node);
    const host = this.hosts.find(({ id }) => id === node);
    this.writes += 1;
    this.assignments.set(node, assignment);
    // In another role it is another host: units follow the role.
    if (!host || before?.role !== assignment.role || isSameSet(setIn(before), setIn(assignment))) return;
    for (const hash of Object.values(assignment.files ?? {}))
      if (!this.texts.has(hash)) this.broken.push(`${host.name} is assigned a text that is not there`);
    this.#demandEmpty(host, before, assignment);
    const { disturbed } = host;
    host.disturbed = true;
    host.healthySince = undefined;
    const down = this.hosts.filter(other => other.role === host.role && other.disturbed).length;
    const allowed = this.#budget(host.role);
    if (!disturbed && down > allowed)
      this.broken.push(`${(this.now - START) / 1000} s: ${down} ${host.role}s are down by our hand, ${allowed} may be`);
  }

  #follow({ draining, inFlight }: Rollout): void {
    const named = new Set([...draining, ...inFlight].map(({ node }) => node));
    for (const node of this.#drainedSince.keys()) if (!named.has(node)) this.#drainedSince.delete(node);
    for (const { node } of draining) if (!this.#drainedSince.has(node)) this.#drainedSince.set(node, this.now);
  }

  /** Units that say so change where no task is left, or when those that are left have had their time. */
  #demandEmpty({ id, name }: RollingHost, before: Assignment, after: Assignment): void {
    const asks = changedNames(setIn(before), setIn(after)).some(unit =>
      [before, after].some(({ files }) => this.texts.get(files?.[unit] ?? "")?.includes("Drain=yes")),
    );
    const waitedMs = this.now - (this.#drainedSince.get(id) ?? this.now);
    if (asks && !this.swarm.isEmpty(name) && waitedMs < this.spec.rollout.healthyDeadlineSeconds * 1000)
      this.broken.push(`${(this.now - START) / 1000} s: the units of ${name} change before its tasks are gone`);
  }

  #budget(role: Role): number {
    const { maxUnavailable } = this.spec.rollout;
    if (role === "manager") return 1;
    if ("nodes" in maxUnavailable) return maxUnavailable.nodes;
    return Math.max(1, Math.floor((this.there("worker").length * maxUnavailable.percent) / 100));
  }

  /** The managers' rafts are always observed. */
  world(): World {
    const world = worldOf(this.input());
    if (!world) throw new Error("both rafts are observed");
    return world;
  }

  input(): PlanInput {
    const { now, spec, registrations, statuses, assignments, rollout, revisions } = this;
    const managers = this.hosts.filter(({ role }) => role === "manager");
    const members = managers.map((host, n): MemberState => {
      const url = `http://${addressOf(host)}`;
      const urls = { peerUrls: [`${url}:2380`], clientUrls: [`${url}:2379`] };
      return { id: memberId(`a${n}`), name: host.name, ...urls, learner: false, healthy: true, leader: n === 0 };
    });
    const nodes = this.hosts.map((host, n): SwarmNode => {
      const address = addressOf(host);
      const manager = n < MANAGERS ? { leader: n === 0, reachable: true, address: `${address}:2377` } : undefined;
      const state = host.alive ? "ready" : "down";
      const rest = { engineVersion: "26.1.5", manager, ...this.swarm.shown(host.name) };
      return { id: swarmNodeId(`s${host.name}`), hostname: host.name, address, role: host.role, state, ...rest };
    });
    return {
      ...{ now, spec, registrations, statuses, assignments, rollout, revisions },
      self: managers[0]?.id ?? nodeId("0"),
      swarm: { known: true, at: now, value: { id: "swarm", workerToken: "t", nodes, tasks: this.swarm.tasks() } },
      etcd: { known: true, at: now, value: { cluster: memberId("c1"), members } },
      swarmRecord: { state: "ready", id: "swarm", managers: managers.map(host => `${addressOf(host)}:2377`) },
      ...{ workerToken: "t", operation: undefined, remediation: undefined, blocked: undefined, cluster: undefined },
      watchedSince: START,
      healthySince: new Map([...this.#health].map(([node, { since }]) => [node, since])),
    };
  }
}

function addressOf({ name }: RollingHost): string {
  const n = Number(name.slice(1));
  return `10.0.${n >> 8}.${n & 255}`;
}

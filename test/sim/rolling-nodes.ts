// Thousands of nodes whose agents take time, fail and disappear, for the planner's rollouts alone. Three of them are
// managers whose rafts are always healthy. Time passes second by second.
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
/** A unit whose text contains this does not start on any node. */
export const BAD = "never comes up";

export interface RollingNode {
  readonly id: NodeId;
  readonly name: string;
  readonly role: Role;
  alive: boolean;
  wasAway: boolean;
  lastSeen: number;
  /** When its agent applies its assignment. */
  applyAt: number | undefined;
  /** True if no unit starts here. */
  broken: boolean;
  /** Changed by the controller, and not healthy for long enough since, as this model counts it. */
  disturbed: boolean;
  healthySince: number | undefined;
}

export class RollingNodes {
  now = START;
  spec: Spec;
  readonly nodes: RollingNode[];
  readonly registrations = new Map<NodeId, Registration>();
  readonly statuses = new Map<NodeId, NodeStatus>();
  readonly assignments = new Map<NodeId, Assignment>();
  readonly revisions = new Map<number, Revision>();
  readonly texts = new Map<string, string>();
  rollout: Rollout | undefined;
  /** `REASON SUBJECT`, oldest first. */
  readonly events: string[] = [];
  /** Violations as sentences. */
  readonly broken: string[] = [];
  /** The number of puts of the rollout record, of revisions, assignments and statuses. */
  writes = 0;
  readonly planMs: number[] = [];
  readonly swarm: RollingSwarm;
  /** By node: since when the rollout record lists it as draining. */
  readonly #drainedSince = new Map<NodeId, number>();
  #health: HealthHistory = new Map();
  readonly #chance: Chance;

  constructor(workers: number, chance: Chance, rollout: Partial<Spec["rollout"]>) {
    this.#chance = chance;
    this.spec = { ...DEFAULT_SPEC, managers: MANAGERS, rollout: { ...DEFAULT_SPEC.rollout, ...rollout } };
    this.nodes = Array.from({ length: MANAGERS + workers }, (_, n) => ({
      id: nodeId(n.toString(16).padStart(12, "0")),
      name: `h${n}`,
      role: n < MANAGERS ? "manager" : "worker",
      ...{ alive: true, wasAway: false },
      lastSeen: START,
      ...{ applyAt: undefined, broken: false, disturbed: false, healthySince: undefined },
    }));
    this.swarm = new RollingSwarm(
      this.nodes.map(({ name }) => name),
      chance,
    );
    for (const node of this.nodes) this.#register(node);
  }

  /** Sets the units of a role, as an operator does with `etcdctl put`. */
  put(role: Role, units: readonly string[], files: Readonly<Record<string, string>>): void {
    this.spec = { ...this.spec, units: { ...this.spec.units, [role]: units, files: unitFilesOf(files) } };
  }

  set(rollout: Partial<Spec["rollout"]>): void {
    this.spec = { ...this.spec, rollout: { ...this.spec.rollout, ...rollout } };
  }

  drain(node: RollingNode, drain: boolean): void {
    this.spec = { ...this.spec, nodes: { ...this.spec.nodes, [node.id]: { ...DEFAULT_NODE, drain } } };
  }

  there(role: Role): RollingNode[] {
    return this.nodes.filter(node => node.role === role && this.registrations.has(node.id));
  }

  /** One second: agents act, the leader plans and executes its plan, or after a `crash` only the first part. */
  tick(crash = false): readonly Action[] {
    this.now += 1000;
    for (const node of this.nodes) this.#live(node);
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

  /** Lets time pass until this holds. Returns the seconds. Throws with the rollout if it does not hold within the limit. */
  until(holds: () => boolean, limitS = 3_000): number {
    for (let passed = 0; passed <= limitS; passed++) {
      if (holds()) return passed;
      this.tick();
    }
    const { rollout } = this;
    throw new Error(`${limitS} s were not enough: ${holds} does not hold; the rollout: ${JSON.stringify(rollout)}`);
  }

  /** True if every node that is alive runs the units of the spec and none is in flight. */
  settled(): boolean {
    const wanted = wantedBy(this.spec);
    return this.differing(role => setOf(wanted, role)).length === 0 && this.rollout?.inFlight.length === 0;
  }

  /** The nodes that are alive and do not run these units. */
  differing(wanted: (role: Role) => UnitSet): RollingNode[] {
    return this.nodes.filter(node => {
      const assignment = this.assignments.get(node.id);
      const reached = this.statuses.get(node.id)?.generation === assignment?.generation;
      return node.alive && !(assignment && reached && isSameSet(setIn(assignment), wanted(node.role)));
    });
  }

  #register(node: RollingNode): void {
    const { id, name, role } = node;
    const versions = { swarmkeeper: "0", docker: "26", etcd: "3.5" };
    const registeredAt = new Date(this.now).toISOString();
    this.registrations.set(id, { id, name, role, address: addressOf(node), versions, bootId: "b", registeredAt });
  }

  #live(node: RollingNode): void {
    if (node.alive) node.lastSeen = this.now;
    else if (this.now - node.lastSeen > LEASE_S * 1000) this.registrations.delete(node.id);
    const assignment = this.assignments.get(node.id);
    if (!node.alive) node.wasAway = true;
    else {
      if (!this.registrations.has(node.id)) this.#register(node);
      if (node.wasAway) this.#startAgain(node);
      if (assignment && assignment.generation !== this.statuses.get(node.id)?.generation) {
        node.applyAt ??= this.now + this.#chance.int(0, 4) * 1000;
        if (node.applyAt <= this.now) this.#applyAssignment(node, assignment);
      }
    }
    // A node that lost power counts by its last status until its lease ends.
    const status = this.registrations.has(node.id) ? this.statuses.get(node.id) : undefined;
    const healthy =
      status?.generation === assignment?.generation && status?.units.every(unit => unit.problem === undefined);
    node.healthySince = healthy ? (node.healthySince ?? this.now) : undefined;
    const { minHealthySeconds } = this.spec.rollout;
    if (node.healthySince !== undefined && this.now - node.healthySince >= minHealthySeconds * 1000)
      node.disturbed = false;
  }

  /** Back from a loss of power: what ran is started again. */
  #startAgain(node: RollingNode): void {
    node.wasAway = false;
    const status = this.statuses.get(node.id);
    const since = new Date(this.now).toISOString();
    if (status) this.statuses.set(node.id, { ...status, units: status.units.map(unit => ({ ...unit, since })) });
  }

  #applyAssignment(node: RollingNode, { generation, units, files, etcd }: Assignment): void {
    node.applyAt = undefined;
    node.healthySince = undefined;
    this.writes += 1;
    const { id, name, role } = node;
    this.statuses.set(id, {
      ...{ id, name, generation, phase: "running", left: [] },
      etcd: { mode: etcd.mode, healthy: true, ...(etcd.mode === "member" ? { member: etcd.member } : {}) },
      swarm: { state: "active", node: swarmNodeId(`s${name}`), control: role === "manager" },
      units: units.map(unit => {
        const file = files?.[unit];
        const unhealthy = node.broken || (file !== undefined && this.texts.get(file)?.includes(BAD) === true);
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
      this.#trackDrains(action.rollout);
      this.events.push(...action.events.map(({ reason, subject }) => `${reason} ${subject}`));
      for (const [hash, text] of Object.entries(action.fresh?.texts ?? {})) this.texts.set(hash, text);
      if (action.fresh) this.revisions.set(action.fresh.revision.number, action.fresh.revision);
      for (const number of action.fresh?.drop.revisions ?? []) this.revisions.delete(number);
    }
    if (action.type === "write-assignment") this.#assign(action);
    if (action.type === "swarm-set-drained") this.swarm.apply(action, this.now);
  }

  #assign({ node: id, assignment }: Extract<Action, { type: "write-assignment" }>): void {
    const before = this.assignments.get(id);
    const node = this.nodes.find(one => one.id === id);
    this.writes += 1;
    this.assignments.set(id, assignment);
    // A new role has other units, which are no rollout.
    if (!node || before?.role !== assignment.role || isSameSet(setIn(before), setIn(assignment))) return;
    for (const hash of Object.values(assignment.files ?? {}))
      if (!this.texts.has(hash)) this.broken.push(`${node.name} is assigned a text that does not exist`);
    this.#checkEmpty(node, before, assignment);
    const { disturbed } = node;
    node.disturbed = true;
    node.healthySince = undefined;
    const down = this.nodes.filter(other => other.role === node.role && other.disturbed).length;
    const allowed = this.#budget(node.role);
    if (!disturbed && down > allowed)
      this.broken.push(
        `${(this.now - START) / 1000} s: ${down} ${node.role}s are unavailable because of the rollout, ${allowed} are allowed`,
      );
  }

  #trackDrains({ draining, inFlight }: Rollout): void {
    const named = new Set([...draining, ...inFlight].map(({ node }) => node));
    for (const node of this.#drainedSince.keys()) if (!named.has(node)) this.#drainedSince.delete(node);
    for (const { node } of draining) if (!this.#drainedSince.has(node)) this.#drainedSince.set(node, this.now);
  }

  /** Units with Drain=yes may change only on an empty node, or after the time that its tasks have to leave. */
  #checkEmpty({ id, name }: RollingNode, before: Assignment, after: Assignment): void {
    const asks = changedNames(setIn(before), setIn(after)).some(unit =>
      [before, after].some(({ files }) => this.texts.get(files?.[unit] ?? "")?.includes("Drain=yes")),
    );
    const waitedMs = this.now - (this.#drainedSince.get(id) ?? this.now);
    if (asks && !this.swarm.isEmpty(name) && waitedMs < this.spec.rollout.healthyDeadlineSeconds * 1000)
      this.broken.push(`${(this.now - START) / 1000} s: the units of ${name} change before its tasks have left`);
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
    const managers = this.nodes.filter(({ role }) => role === "manager");
    const members = managers.map((node, n): MemberState => {
      const url = `http://${addressOf(node)}`;
      const urls = { peerUrls: [`${url}:2380`], clientUrls: [`${url}:2379`] };
      return { id: memberId(`a${n}`), name: node.name, ...urls, learner: false, healthy: true, leader: n === 0 };
    });
    const nodes = this.nodes.map((node, n): SwarmNode => {
      const address = addressOf(node);
      const manager = n < MANAGERS ? { leader: n === 0, reachable: true, address: `${address}:2377` } : undefined;
      const state = node.alive ? "ready" : "down";
      const rest = { engineVersion: "26.1.5", manager, ...this.swarm.shown(node.name) };
      return { id: swarmNodeId(`s${node.name}`), hostname: node.name, address, role: node.role, state, ...rest };
    });
    return {
      ...{ now, spec, registrations, statuses, assignments, rollout, revisions },
      self: managers[0]?.id ?? nodeId("0"),
      swarm: { known: true, at: now, value: { id: "swarm", workerToken: "t", nodes, tasks: this.swarm.tasks() } },
      etcd: { known: true, at: now, value: { cluster: memberId("c1"), members } },
      swarmRecord: { state: "ready", id: "swarm", managers: managers.map(node => `${addressOf(node)}:2377`) },
      ...{ workerToken: "t", operation: undefined, remediation: undefined, blocked: undefined, cluster: undefined },
      watchedSince: START,
      healthySince: new Map([...this.#health].map(([node, { since }]) => [node, since])),
    };
  }
}

function addressOf({ name }: RollingNode): string {
  const n = Number(name.slice(1));
  return `10.0.${n >> 8}.${n & 255}`;
}

// A cluster that applies actions at once: both rafts are plain data, and agents have always applied their assignments.
// It is for tests of the planner alone; the fakes of the drivers are slower and more accurate.
import { expect } from "vitest";
import type { Action } from "../../controller/plan/actions.ts";
import { check } from "../../controller/plan/check.ts";
import { type Plan, plan } from "../../controller/plan/plan.ts";
import type { MemberState, PlanInput, SwarmState } from "../../controller/state/input.ts";
import { type World, worldOf } from "../../controller/state/world.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { type MemberId, memberId, type NodeId, nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type {
  BlockedManagers,
  Operation,
  Remediation,
  SwarmRecord,
} from "../../crd-like-specs/resources/membership.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import type { Revision, Rollout } from "../../crd-like-specs/resources/rollout.ts";
import type { VaultReport } from "../../crd-like-specs/resources/vault.ts";
import { DEFAULT_SPEC, type Spec } from "../../crd-like-specs/settings/spec.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import { actionName } from "./action-name.ts";

export const NOW = Date.UTC(2026, 0, 1);
const address = (n: number) => `10.0.0.${n}`;
export const idOf = (n: number): NodeId => nodeId(`00000000000${n.toString(16)}`);
const UNREACHABLE = { reachable: false, leader: false };
const memberOf = (n: number): MemberId => memberId(`a${n}`);

/** A cluster of nodes 1 to `nodes`. Those in `voters` and `managers` are in the rafts, and node 1 leads both. */
export class InstantCluster {
  now = NOW;
  self = 1;
  spec: Spec;
  readonly swarmNodes = new Map<number, SwarmNode>();
  readonly members = new Map<number, MemberState>();
  readonly registrations = new Map<NodeId, Registration>();
  readonly statuses = new Map<NodeId, NodeStatus>();
  readonly assignments = new Map<NodeId, Assignment>();
  operation: Operation | undefined;
  swarmRecord: SwarmRecord | undefined;
  workerToken: string | undefined;
  remediation: Remediation | undefined;
  blocked: BlockedManagers | undefined;
  rollout: Rollout | undefined;
  readonly revisions = new Map<number, Revision>();
  /** By the number of the node. A Vault restarts with new settings, and one that served is sealed then. */
  readonly vaults = new Map<number, VaultReport>();
  cluster: ClusterStatus | undefined;
  watchedSince = NOW;
  readonly log: string[] = [];

  constructor(nodes: number, voters: number[], managers: number[], wanted: number) {
    this.spec = { ...DEFAULT_SPEC, managers: wanted };
    for (let n = 1; n <= nodes; n++) {
      this.swarmNodes.set(n, this.newSwarmNode(n, managers.includes(n)));
      if (voters.includes(n)) this.members.set(n, this.newMember(n, false));
      this.registrations.set(idOf(n), {
        id: idOf(n),
        name: `h${n}`,
        address: address(n),
        role: n <= 3 ? "manager" : "worker",
        versions: { swarmkeeper: "0", docker: "26", etcd: "3.5" },
        bootId: "b",
        registeredAt: new Date(NOW + n).toISOString(),
      });
    }
    this.applyAssignments();
  }

  private newSwarmNode(n: number, manager: boolean): SwarmNode {
    return {
      id: swarmNodeId(`s${n}`),
      hostname: `h${n}`,
      address: address(n),
      engineVersion: "26.1.5",
      role: manager ? "manager" : "worker",
      availability: "active",
      drained: false,
      state: "ready",
      manager: manager ? { leader: n === 1, reachable: true, address: `${address(n)}:2377` } : undefined,
    };
  }

  private newMember(n: number, learner: boolean): MemberState {
    const clientUrls = [`http://127.0.0.1:2379`, `http://${address(n)}:2379`];
    const peerUrls = [`http://${address(n)}:2380`];
    return { id: memberOf(n), name: address(n), peerUrls, clientUrls, learner, healthy: true, leader: n === 1 };
  }

  /** Writes the statuses of agents that have applied their assignments. */
  applyAssignments(): void {
    for (const [n, swarmNode] of this.swarmNodes) {
      if (!this.registrations.has(idOf(n))) continue;
      const assignment = this.assignments.get(idOf(n));
      const mode = assignment?.etcd.mode ?? (this.members.has(n) ? "member" : "proxy");
      this.statuses.set(idOf(n), {
        id: idOf(n),
        name: `h${n}`,
        generation: assignment?.generation ?? 0,
        phase: "running",
        etcd: { mode, healthy: true, ...(mode === "member" ? { member: memberOf(n) } : {}) },
        swarm: { state: "active", node: swarmNode.id, control: swarmNode.manager !== undefined },
        left: [],
        units: [],
        ...this.#vault(n, assignment?.vault),
      });
    }
  }

  #vault(n: number, assigned: Assignment["vault"]): { vault?: VaultReport } {
    if (!assigned) this.vaults.delete(n);
    const before = this.vaults.get(n);
    if (assigned && before?.settings !== assigned.hash) {
      const served = before?.state === "active" || before?.state === "standby";
      const others = [...this.vaults.values()];
      const first = others.some(({ state }) => state !== "uninitialised") ? "sealed" : "uninitialised";
      const { version = "1", state = first } = before ?? {};
      const since = new Date(this.now).toISOString();
      const url = `http://${address(n)}:${assigned.port}`;
      this.vaults.set(n, { state: served ? "sealed" : state, since, url, version, settings: assigned.hash });
    }
    const vault = this.vaults.get(n);
    return vault ? { vault } : {};
  }

  /** A change that an operator or an accident makes. */
  setVault(n: number, state: VaultReport["state"], more: Partial<VaultReport> = {}): void {
    const before = this.vaults.get(n);
    if (before) this.vaults.set(n, { ...before, state, since: new Date(this.now).toISOString(), ...more });
    this.applyAssignments();
  }

  input(): PlanInput {
    return {
      now: this.now,
      self: idOf(this.self),
      spec: this.spec,
      swarm: { known: true, at: this.now, value: this.swarm() },
      etcd: { known: true, at: this.now, value: { cluster: memberId("c1"), members: [...this.members.values()] } },
      registrations: this.registrations,
      statuses: this.statuses,
      assignments: this.assignments,
      operation: this.operation,
      swarmRecord: this.swarmRecord,
      workerToken: this.workerToken,
      remediation: this.remediation,
      blocked: this.blocked,
      cluster: this.cluster,
      watchedSince: this.watchedSince,
      rollout: this.rollout,
      revisions: this.revisions,
      // A node that has applied its assignment is healthy, and has been for a long time.
      healthySince: new Map((this.rollout?.inFlight ?? []).map(({ node }) => [node, 0])),
    };
  }

  /** Both rafts are always observed. */
  world(): World {
    const world = worldOf(this.input());
    if (!world) throw new Error("both rafts are observed");
    return world;
  }

  plan(): Plan {
    return plan(this.world());
  }

  /** Tasks leave a drained node at once. */
  private swarm(): SwarmState {
    const nodes = [...this.swarmNodes.values()];
    return { id: "swarm", workerToken: "t", nodes, tasks: new Map(nodes.map(({ id }) => [id, 0])) };
  }

  private numberOf = (name: string) => Number(name.slice(1));

  apply(action: Action): void {
    const edit = (n: number, change: Partial<SwarmNode>) => {
      const swarmNode = this.swarmNodes.get(n);
      if (swarmNode) this.swarmNodes.set(n, { ...swarmNode, ...change });
    };
    switch (action.type) {
      case "record-operation":
        this.operation = action.operation;
        return;
      case "end-operation":
        this.operation = undefined;
        this.remediation = action.remediation ?? this.remediation;
        return;
      case "write-blocked-managers":
        this.blocked = action.blocked;
        return;
      case "write-rollout":
        this.rollout = action.rollout;
        if (action.fresh) this.revisions.set(action.fresh.revision.number, action.fresh.revision);
        return;
      case "write-assignment":
        this.assignments.set(action.node, action.assignment);
        return;
      case "write-swarm-record":
        this.swarmRecord = action.record;
        return;
      case "write-worker-token":
        this.workerToken = action.token;
        return;
      case "etcd-add-learner":
        this.members.set(this.numberOf(action.name), this.newMember(this.numberOf(action.name), true));
        return;
      case "etcd-promote":
        this.members.set(this.numberOf(action.name), this.newMember(this.numberOf(action.name), false));
        return;
      case "etcd-remove":
        for (const [n, { id }] of this.members) if (id === action.member) this.members.delete(n);
        return;
      case "etcd-move-leader":
        for (const [n, member] of this.members) this.members.set(n, { ...member, leader: member.id === action.to });
        return;
      case "swarm-promote": {
        const n = this.numberOf(action.name);
        edit(n, { role: "manager", manager: { leader: false, reachable: true, address: `${address(n)}:2377` } });
        return;
      }
      case "swarm-demote":
        edit(this.numberOf(action.name), { role: "worker", manager: undefined });
        return;
      case "swarm-set-drained": {
        const { drained } = action;
        edit(this.numberOf(action.name), { drained, availability: drained ? "drain" : "active" });
        return;
      }
      case "swarm-remove-node":
        this.swarmNodes.delete(this.numberOf(action.name));
        return;
      case "resign":
        // The controller on the swarm leader takes over.
        this.self = [...this.swarmNodes].find(([, { manager }]) => manager?.leader)?.[0] ?? 1;
        return;
    }
  }

  /** A power loss as both rafts and the lease show it in the end; another node gets the leaderships. */
  kill(n: number): void {
    const [member, swarmNode] = [this.members.get(n), this.swarmNodes.get(n)];
    const successor = [...this.members.keys()].find(other => other !== n) ?? n;
    if (member) this.members.set(n, { ...member, healthy: false, leader: false });
    if (swarmNode?.manager)
      this.swarmNodes.set(n, { ...swarmNode, state: "down", manager: { ...swarmNode.manager, ...UNREACHABLE } });
    else if (swarmNode) this.swarmNodes.set(n, { ...swarmNode, state: "down" });
    for (const [other, { leader, ...rest }] of this.members)
      this.members.set(other, { ...rest, leader: leader || (member?.leader === true && other === successor) });
    const next = this.swarmNodes.get(successor);
    if (swarmNode?.manager?.leader && next?.manager)
      this.swarmNodes.set(successor, { ...next, manager: { ...next.manager, leader: true } });
    this.registrations.delete(idOf(n));
    if (this.self === n) this.self = successor;
  }

  /** One round: plan, check, apply all actions, publish the report. Returns the names of the actions. */
  round(): string[] {
    const world = this.world();
    const { actions, report } = plan(world);
    expect(check(world, actions)).toEqual([]);
    this.cluster = report;
    for (const action of actions) this.apply(action);
    this.applyAssignments();
    this.log.push(...actions.map(actionName));
    return actions.map(actionName);
  }

  /** Runs rounds until the plan is empty. Returns the names of all actions so far; throws after `limit` rounds. */
  converge(limit = 200): string[] {
    for (let round = 0; round < limit; round++) if (this.round().length === 0) return this.log;
    throw new Error(`not converged after ${limit} rounds: ${this.log.slice(-10).join(" | ")}`);
  }

  /** The numbers of the nodes that are in both rafts. */
  managers(): number[] {
    return [...this.swarmNodes].filter(([n, { manager }]) => manager && this.members.has(n)).map(([n]) => n);
  }
}

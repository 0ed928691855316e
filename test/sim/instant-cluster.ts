// A cluster that obeys at once: both rafts as plain data, agents that have always done what they were told.
// For tests of the planner alone; the twins of the drivers are slower, and truer.
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
const GONE = { reachable: false, leader: false };
const memberOf = (n: number): MemberId => memberId(`a${n}`);

/** A cluster whose hosts 1..n exist; those in `voters` and `managers` are in the rafts, host 1 leads both. */
export class InstantCluster {
  now = NOW;
  self = 1;
  spec: Spec;
  readonly nodes = new Map<number, SwarmNode>();
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
  /** Of who runs one; with other settings it is started anew, and one that served is sealed then. */
  readonly vaults = new Map<number, VaultReport>();
  cluster: ClusterStatus | undefined;
  watchedSince = NOW;
  readonly log: string[] = [];

  constructor(nodes: number, voters: number[], managers: number[], wanted: number) {
    this.spec = { ...DEFAULT_SPEC, managers: wanted };
    for (let n = 1; n <= nodes; n++) {
      this.nodes.set(n, this.swarmNode(n, managers.includes(n)));
      if (voters.includes(n)) this.members.set(n, this.member(n, false));
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
    this.agentsObey();
  }

  private swarmNode(n: number, manager: boolean): SwarmNode {
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

  private member(n: number, learner: boolean): MemberState {
    const clientUrls = [`http://127.0.0.1:2379`, `http://${address(n)}:2379`];
    const peerUrls = [`http://${address(n)}:2380`];
    return { id: memberOf(n), name: address(n), peerUrls, clientUrls, learner, healthy: true, leader: n === 1 };
  }

  /** What every agent would have done by now. */
  agentsObey(): void {
    for (const [n, node] of this.nodes) {
      if (!this.registrations.has(idOf(n))) continue;
      const assignment = this.assignments.get(idOf(n));
      const mode = assignment?.etcd.mode ?? (this.members.has(n) ? "member" : "proxy");
      this.statuses.set(idOf(n), {
        id: idOf(n),
        name: `h${n}`,
        generation: assignment?.generation ?? 0,
        phase: "running",
        etcd: { mode, healthy: true, ...(mode === "member" ? { member: memberOf(n) } : {}) },
        swarm: { state: "active", node: node.id, control: node.manager !== undefined },
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
      const serves = before?.state === "active" || before?.state === "standby";
      const others = [...this.vaults.values()];
      const first = others.some(({ state }) => state !== "uninitialised") ? "sealed" : "uninitialised";
      const { version = "1", state = first } = before ?? {};
      const since = new Date(this.now).toISOString();
      const url = `http://${address(n)}:${assigned.port}`;
      this.vaults.set(n, { state: serves ? "sealed" : state, since, url, version, settings: assigned.hash });
    }
    const vault = this.vaults.get(n);
    return vault ? { vault } : {};
  }

  /** What a person does, or an accident. */
  setVault(n: number, state: VaultReport["state"], more: Partial<VaultReport> = {}): void {
    const before = this.vaults.get(n);
    if (before) this.vaults.set(n, { ...before, state, since: new Date(this.now).toISOString(), ...more });
    this.agentsObey();
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
      // Whoever has obeyed is well, and has been for long.
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
    const nodes = [...this.nodes.values()];
    return { id: "swarm", workerToken: "t", nodes, tasks: new Map(nodes.map(({ id }) => [id, 0])) };
  }

  private numberOf = (name: string) => Number(name.slice(1));

  apply(action: Action): void {
    const edit = (n: number, change: Partial<SwarmNode>) => {
      const node = this.nodes.get(n);
      if (node) this.nodes.set(n, { ...node, ...change });
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
        this.members.set(this.numberOf(action.name), this.member(this.numberOf(action.name), true));
        return;
      case "etcd-promote":
        this.members.set(this.numberOf(action.name), this.member(this.numberOf(action.name), false));
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
        this.nodes.delete(this.numberOf(action.name));
        return;
      case "resign":
        // The swarm's leader carries on.
        this.self = [...this.nodes].find(([, node]) => node.manager?.leader)?.[0] ?? 1;
        return;
    }
  }

  /** Loss of power, as both rafts and the lease show it once they have noticed; leaderships go to another. */
  kill(n: number): void {
    const [member, node] = [this.members.get(n), this.nodes.get(n)];
    const successor = [...this.members.keys()].find(other => other !== n) ?? n;
    if (member) this.members.set(n, { ...member, healthy: false, leader: false });
    if (node?.manager) this.nodes.set(n, { ...node, state: "down", manager: { ...node.manager, ...GONE } });
    else if (node) this.nodes.set(n, { ...node, state: "down" });
    for (const [other, { leader, ...rest }] of this.members)
      this.members.set(other, { ...rest, leader: leader || (member?.leader === true && other === successor) });
    const next = this.nodes.get(successor);
    if (node?.manager?.leader && next?.manager)
      this.nodes.set(successor, { ...next, manager: { ...next.manager, leader: true } });
    this.registrations.delete(idOf(n));
    if (this.self === n) this.self = successor;
  }

  /** One round: everything that is planned, done, and its report published. Returns what was done, in words. */
  round(): string[] {
    const world = this.world();
    const { actions, report } = plan(world);
    expect(check(world, actions)).toEqual([]);
    this.cluster = report;
    for (const action of actions) this.apply(action);
    this.agentsObey();
    this.log.push(...actions.map(actionName));
    return actions.map(actionName);
  }

  /** Rounds until nothing is asked for; every plan must pass its own check. */
  converge(limit = 200): string[] {
    for (let round = 0; round < limit; round++) if (this.round().length === 0) return this.log;
    throw new Error(`no rest after ${limit} rounds: ${this.log.slice(-10).join(" | ")}`);
  }

  managers(): number[] {
    return [...this.nodes].filter(([n, node]) => node.manager && this.members.has(n)).map(([n]) => n);
  }
}

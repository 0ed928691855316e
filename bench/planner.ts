// Measures one plan for a large cluster, with its world, actions, check and report, and the reading of all keys with
// which a round begins.
import { check } from "../controller/plan/check.ts";
import { plan } from "../controller/plan/plan.ts";
import type { PlanInput } from "../controller/state/input.ts";
import { worldOf } from "../controller/state/world.ts";
import type { Assignment } from "../crd-like-specs/resources/assignment.ts";
import { readClusterKeys, type StoredKey } from "../crd-like-specs/resources/cluster-keys.ts";
import { memberId, nodeId, swarmNodeId } from "../crd-like-specs/resources/ids.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import type { NodeStatus } from "../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../crd-like-specs/resources/registration.ts";
import { DEFAULT_SPEC } from "../crd-like-specs/settings/spec.ts";
import type { SwarmNode } from "../drivers/docker/port.ts";
import { percentile } from "./percentile.ts";

const NOW = Date.UTC(2026, 0, 1);
const RUNS = 50;
const keys = keyspace();

export interface PlannerMeasure {
  readonly nodes: number;
  /** The median duration of a plan. */
  readonly planMs: number;
  /** The median duration of reading the same keys again, as in later rounds. */
  readonly readMs: number;
  /** The heap of the input and of one plan's garbage, in MB. */
  readonly heapMb: number;
}

/** Measures a cluster of `nodes` nodes, three of them managers. Times are in milliseconds. */
export function measurePlanner(nodes: number): PlannerMeasure {
  const before = heap();
  const input = clusterOf(nodes);
  const planMs = median(() => planOnce(input));
  const heapMb = (heap() - before) / 1e6;
  const stored = keysOf(input);
  return { nodes, planMs, readMs: median(() => readClusterKeys(keys, stored)), heapMb };
}

function planOnce(input: PlanInput): void {
  const world = worldOf(input);
  if (world) check(world, plan(world).actions);
}

function median(act: () => unknown): number {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const begun = performance.now();
    act();
    times.push(performance.now() - begun);
  }
  return percentile(times, 50);
}

function keysOf({ registrations, statuses, assignments }: PlanInput): StoredKey[] {
  const under = (root: string, all: ReadonlyMap<string, unknown>) =>
    [...all].map(([id, value]) => ({ key: root + id, value: JSON.stringify(value), modRevision: 1 }));
  return [
    ...under(keys.nodes.root, registrations),
    ...under(keys.nodeStatus.root, statuses),
    ...under(keys.assignments.root, assignments),
  ];
}

function heap(): number {
  global.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A cluster of three managers and idle workers. */
function clusterOf(nodes: number): PlanInput {
  const registrations = new Map<Registration["id"], Registration>();
  const statuses = new Map<Registration["id"], NodeStatus>();
  const assignments = new Map<Registration["id"], Assignment>();
  const swarmNodes: SwarmNode[] = [];
  const endpoints = [0, 1, 2].map(n => `http://${addressOf(n)}:2379`);
  for (let n = 0; n < nodes; n++) {
    const id = nodeId(n.toString(16).padStart(12, "0"));
    const [name, address, manages] = [`h${n}`, addressOf(n), n < 3];
    const role = manages ? "manager" : "worker";
    const swarmNode = swarmNodeId(`s${n}`);
    const versions = { swarmkeeper: "0", docker: "26", etcd: "3.5" };
    const at = new Date(NOW).toISOString();
    registrations.set(id, { id, name, address, role, versions, bootId: "b", registeredAt: at });
    const etcd: Assignment["etcd"] = manages
      ? { mode: "member", endpoints: [...endpoints], member: memberId(`a${n}`), initialCluster: [] }
      : { mode: "proxy", endpoints: [...endpoints] };
    assignments.set(id, { generation: 1, role, etcd, units: [...DEFAULT_SPEC.units[role]] });
    statuses.set(id, {
      ...{ id, name, generation: 1, phase: "running", left: [], units: [] },
      etcd: { mode: etcd.mode, healthy: true, ...(manages ? { member: memberId(`a${n}`) } : {}) },
      swarm: { state: "active", node: swarmNode, control: manages },
    });
    swarmNodes.push({
      ...{
        id: swarmNode,
        hostname: name,
        address,
        engineVersion: "26.1.5",
        role,
        availability: "active",
        drained: false,
        state: "ready",
      },
      manager: manages ? { leader: n === 0, reachable: true, address: `${address}:2377` } : undefined,
    });
  }
  const members = [0, 1, 2].map(n => ({
    ...{ id: memberId(`a${n}`), name: addressOf(n), learner: false, healthy: true, leader: n === 0 },
    peerUrls: [`http://${addressOf(n)}:2380`],
    clientUrls: [`http://${addressOf(n)}:2379`],
  }));
  return {
    now: NOW,
    self: nodeId("0".repeat(12)),
    spec: { ...DEFAULT_SPEC, managers: 3 },
    swarm: { known: true, at: NOW, value: { id: "swarm", workerToken: "t", nodes: swarmNodes, tasks: new Map() } },
    etcd: { known: true, at: NOW, value: { cluster: memberId("c1"), members } },
    ...{ registrations, statuses, assignments, workerToken: "t" },
    swarmRecord: { state: "ready", id: "swarm", managers: [0, 1, 2].map(n => `${addressOf(n)}:2377`) },
    ...{ operation: undefined, remediation: undefined, blocked: undefined, cluster: undefined },
    watchedSince: NOW,
    ...idleRollout(),
  };
}

const addressOf = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** A rollout in which all nodes run the first revision. */
function idleRollout(): Pick<PlanInput, "rollout" | "revisions" | "healthySince"> {
  const at = new Date(NOW).toISOString();
  const { manager, worker } = DEFAULT_SPEC.units;
  const revision = {
    number: 1,
    at,
    units: { manager: [...manager], worker: [...worker] },
    files: {},
    brings: {},
    drains: [],
  };
  const rollout = { revision: 1, target: 1, lastGoodRevision: 1, updated: 0, draining: [], inFlight: [], failed: [] };
  return {
    rollout: { ...rollout, retry: "never", begunAt: at, progressAt: at },
    revisions: new Map([[1, revision]]),
    healthySince: new Map(),
  };
}

// A made-up cluster for the tests of every view: three managers, two workers, all well.
import { readClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import { memberId, nodeId, swarmNodeId } from "../../crd-like-specs/ids.ts";
import { keyspace } from "../../crd-like-specs/keys.ts";
import type {
  Assignment,
  ClusterStatus,
  LeaderRecord,
  NodeStatus,
  Registration,
  SwarmRecord,
} from "../../crd-like-specs/resources.ts";

export const keys = keyspace();
export const NOW = Date.parse("2026-03-01T23:14:42Z");
export const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

export const id = (n: number) => nodeId(`00000000000${n}`);
export const address = (n: number) => `10.89.0.${10 + n}`;
const CONTROLLER = "swarmkeeper-controller.service";
const unitsOf = (role: "manager" | "worker") => (role === "manager" ? [CONTROLLER, "web.service"] : ["web.service"]);

export function registration(n: number, role: "manager" | "worker"): Registration {
  const versions = { swarmkeeper: "0.1.0", docker: "26.1.5", etcd: "3.5.16" };
  return { id: id(n), name: `h${n}`, address: address(n), role, versions, bootId: "b", registeredAt: ago(720) };
}

function assignment(n: number, role: "manager" | "worker"): Assignment {
  const endpoints = [1, 2, 3].map(m => `http://${address(m)}:2379`);
  const etcd: Assignment["etcd"] =
    role === "manager"
      ? { mode: "member", endpoints, member: memberId(`a${n}`), initialCluster: [] }
      : { mode: "proxy", endpoints };
  return { generation: 1, role, etcd, units: unitsOf(role) };
}

export function nodeStatus(n: number, role: "manager" | "worker", change: Partial<NodeStatus> = {}): NodeStatus {
  return {
    id: id(n),
    name: `h${n}`,
    generation: 1,
    phase: "running",
    etcd: { mode: role === "manager" ? "member" : "proxy", healthy: true },
    swarm: { state: "active", node: swarmNodeId(`s${n}`), control: role === "manager" },
    left: [],
    units: unitsOf(role).map(name => ({ name, active: "active", sub: "running", restarts: 0, since: ago(700) })),
    ...change,
  };
}

const MANAGERS = [1, 2, 3];
const WORKERS = [4, 5];

/** Three managers, two workers, all well, seen by a controller on h2. */
export const CLUSTER: ClusterStatus = {
  ready: true,
  managers: { wanted: 3, now: 3 },
  swarm: {
    id: "swarm1",
    quorum: { voters: 3, healthy: 3, needed: 2, canLose: 1 },
    nodes: [...MANAGERS, ...WORKERS].map(n => ({
      id: swarmNodeId(`s${n}`),
      node: id(n),
      name: `h${n}`,
      address: address(n),
      role: n <= 3 ? "manager" : "worker",
      state: "ready",
      availability: "active",
      ...(n <= 3 && { manager: { leader: n === 2, reachable: true } }),
    })),
  },
  etcd: {
    cluster: memberId("c1"),
    quorum: { voters: 3, healthy: 3, needed: 2, canLose: 1 },
    members: MANAGERS.map(n => ({
      id: memberId(`a${n}`),
      name: `h${n}`,
      node: id(n),
      peerUrl: `http://${address(n)}:2380`,
      learner: false,
      leader: n === 1,
      healthy: true,
    })),
  },
  goal: "3 managers wanted, 3 now",
  steps: [],
  waiting: [],
  missing: [],
  conditions: [],
};

const LEADER: LeaderRecord = { node: id(2), name: "h2", since: ago(810), version: "0.1.0" };
const SWARM: SwarmRecord = { state: "ready", id: "swarm1", managers: MANAGERS.map(n => `${address(n)}:2377`) };

export type Keys = Record<string, unknown>;

export function healthy(): Keys {
  const all: Keys = { [keys.clusterStatus]: CLUSTER, [keys.leader]: LEADER, [keys.swarm]: SWARM };
  for (const [numbers, role] of [
    [MANAGERS, "manager"],
    [WORKERS, "worker"],
  ] as const) {
    for (const n of numbers) {
      all[keys.nodes.of(id(n))] = registration(n, role);
      all[keys.assignments.of(id(n))] = assignment(n, role);
      all[keys.nodeStatus.of(id(n))] = nodeStatus(n, role);
    }
  }
  return all;
}

export const without = (all: Keys, ...gone: string[]): Keys =>
  Object.fromEntries(Object.entries(all).filter(([key]) => !gone.includes(key)));

export const collected = (all: Keys) =>
  readClusterKeys(
    keys,
    Object.entries(all).map(([key, value]) => ({
      key,
      value: typeof value === "string" ? value : JSON.stringify(value),
      modRevision: 1,
    })),
  );

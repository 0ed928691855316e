// Builds the status object from the cluster's keys.

import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import { byName } from "../terminal/facts.ts";
import { buildVault } from "../vault/view.ts";
import type { NodeView, StatusView } from "./view.ts";

type NotReady = StatusView["notReady"];
type SwarmNode = ClusterStatus["swarm"]["nodes"][number];
type EtcdMember = ClusterStatus["etcd"]["members"][number];

/** Pure: the same resources give the same view. */
export function buildStatus(data: ClusterKeys): StatusView {
  const { cluster, leader, operation } = data;
  const notReady = notReadyReasons(data);
  const { servers, serving, active } = buildVault(data);
  return {
    ready: notReady.length === 0,
    notReady,
    ...(cluster && { managers: cluster.managers, swarm: swarmOf(cluster), etcd: etcdOf(cluster) }),
    ...(leader && { leader: { name: leader.name, since: leader.since, version: leader.version } }),
    nodes: nodesOf(data),
    ...(servers.length > 0 && { vault: { servers, serving, ...(active !== undefined && { active }) } }),
    rejected: [...data.specStatus].flatMap(([path, { effective, rejected }]) => {
      if (rejected === undefined) return [];
      const { modRevision: _, ...rest } = rejected;
      return [{ path: `spec/${path}`, ...rest, effective }];
    }),
    waiting: [...bootstrapWaiting(data), ...(cluster?.waiting ?? [])],
    ...(operation && {
      operation: {
        id: operation.id,
        kind: operation.kind,
        name: operation.name,
        step: operation.step,
        reason: operation.reason,
        startedAt: operation.startedAt,
        deadline: operation.deadline,
        rollingBack: operation.rollingBack,
        ...(operation.replaces && { replaces: operation.replaces.name }),
      },
    }),
    conditions: cluster?.conditions ?? [],
    problems: data.errors.map(({ path, message, expected }) => ({ path, message, expected })),
  };
}

function notReadyReasons(data: ClusterKeys): NotReady {
  const { cluster, leader, operation, swarmRecord, registrations } = data;
  const all: NotReady = [];
  if (registrations.size === 0) all.push({ reason: "NoNodes", message: "no node is registered" });
  if (swarmRecord?.state !== "ready") all.push({ reason: "NoSwarm", message: "there is no swarm yet" });
  if (leader === undefined) all.push({ reason: "NoLeader", message: "no controller leads" });
  if (cluster === undefined) {
    if (leader !== undefined) all.push({ reason: "NotReported", message: "the controller has not reported yet" });
  } else if (operation !== undefined) {
    all.push({ reason: "OperationInProgress", message: progressOf(operation) });
  } else if (!cluster.ready) {
    all.push(
      cluster.managers.now === cluster.managers.wanted
        ? { reason: "NotConverged", message: "not every node is healthy and up to date" }
        : { reason: "ManagerCount", message: cluster.goal },
    );
  }
  return all;
}

function progressOf({ kind, name, replaces, rollingBack }: Operation): string {
  if (rollingBack) return `the promotion of ${name} is being rolled back`;
  if (kind === "remove") return `${name} is being removed`;
  return replaces === undefined ? `${name} is being ${kind}d` : `${name} replaces ${replaces.name}`;
}

/** What a new cluster waits for before a controller can report it. */
function bootstrapWaiting({ swarmRecord, lock }: ClusterKeys): StatusView["waiting"] {
  const waiting: StatusView["waiting"] = [];
  if (swarmRecord?.state === "initialising") {
    waiting.push({
      what: swarmRecord.name,
      reason: "SwarmInitialising",
      why: "it initialises the swarm; all other nodes join that one",
      since: swarmRecord.at,
    });
  }
  if (lock !== undefined) waiting.push({ what: lock, reason: "BootstrapLock", why: "it holds the bootstrap lock" });
  return waiting;
}

function swarmOf({ swarm }: ClusterStatus): StatusView["swarm"] {
  const leader = swarm.nodes.find(node => node.manager?.leader)?.name;
  return { id: swarm.id, ...swarm.quorum, ...(leader !== undefined && { leader }) };
}

function etcdOf({ etcd }: ClusterStatus): StatusView["etcd"] {
  const leader = etcd.members.find(member => member.leader)?.name;
  return {
    cluster: etcd.cluster,
    ...etcd.quorum,
    learners: etcd.members.filter(member => member.learner).length,
    ...(leader !== undefined && { leader }),
  };
}

/** All known nodes, then the unmanaged swarm nodes and etcd members; each group by name. */
function nodesOf(data: ClusterKeys): NodeView[] {
  const ids = new Set([...data.registrations.keys(), ...data.statuses.keys(), ...data.assignments.keys()]);
  const managed = [...ids].map(id => nodeView(data, id)).filter(view => view !== undefined);
  const swarmNodes = data.cluster?.swarm.nodes ?? [];
  const members = data.cluster?.etcd.members ?? [];
  const unmanaged = [
    ...swarmNodes
      .filter(node => node.node === undefined || !ids.has(node.node))
      .map(node => ({ ...unmanagedView(node.name, node.address, node.role, "-"), swarm: swarmState(node) })),
    ...members
      .filter(member => member.node === undefined || !ids.has(member.node))
      .map(member =>
        unmanagedView(member.name || member.id, addressIn(member.peerUrl), "unknown", memberState(member)),
      ),
  ];
  return [...managed.sort(byName), ...unmanaged.sort(byName)];
}

/** Undefined for an assignment of a node without a registration and a status. */
function nodeView(data: ClusterKeys, id: NodeId): NodeView | undefined {
  const registration = data.registrations.get(id);
  const assignment = data.assignments.get(id);
  const status = data.statuses.get(id);
  const name = registration?.name ?? status?.name;
  if (name === undefined) return undefined;
  const swarmNode = data.cluster?.swarm.nodes.find(candidate => candidate.node === id);
  const member = data.cluster?.etcd.members.find(candidate => candidate.node === id);
  const current = registration === undefined ? undefined : status;
  return {
    id,
    name,
    address: registration?.address ?? swarmNode?.address ?? "-",
    role: swarmNode?.role ?? assignment?.role ?? registration?.role ?? "unknown",
    ...swarmPart(swarmNode === undefined ? joiningState(current) : swarmState(swarmNode)),
    etcd: member === undefined ? proxyState(current) : memberState(member),
    phase: registration === undefined ? "gone" : (status?.phase ?? "registered"),
    ...messageOf(registration, status),
    units: unitsOf(assignment?.units ?? [], current),
    ...(registration && {
      since: registration.registeredAt,
      version: registration.versions.swarmkeeper,
      docker: registration.versions.docker,
      etcdVersion: registration.versions.etcd,
    }),
  };
}

/** While a node is registered, the message of its agent; after that, how the registration ended. */
function messageOf(registration: Registration | undefined, status: NodeStatus | undefined): { message?: string } {
  if (registration === undefined) {
    return { message: status?.phase === "gone" ? "its agent was shut down" : "its registration has expired" };
  }
  if (status === undefined) return { message: "its agent has not reported yet" };
  return status.message === undefined ? {} : { message: status.message };
}

function unmanagedView(name: string, address: string, role: NodeView["role"], etcd: string): NodeView {
  return { id: "", name, address, role, etcd, phase: "unmanaged", units: { wanted: 0, active: 0, down: [] } };
}

function unitsOf(wanted: readonly string[], status: NodeStatus | undefined): NodeView["units"] {
  const down = wanted.flatMap(name => {
    const report = status?.units.find(unit => unit.name === name);
    if (report?.active === "active") return [];
    return [
      {
        ...{ name, state: report?.active ?? "not reported", restarts: report?.restarts ?? 0 },
        ...(report?.problem && { problem: report.problem }),
      },
    ];
  });
  return { wanted: wanted.length, active: wanted.length - down.length, down };
}

const swarmPart = (swarm: NodeView["swarm"]): Pick<NodeView, "swarm"> => (swarm ? { swarm } : {});

const swarmState = ({ state, availability, manager, drained }: SwarmNode): NodeView["swarm"] => ({
  ...{ state, availability },
  ...(manager && { manager }),
  ...(drained && { drained }),
});

/** For a node that is not in the leader's report on the swarm: the state that its agent reports. */
const joiningState = (status: NodeStatus | undefined): NodeView["swarm"] =>
  status === undefined || status.swarm.state === "inactive" ? undefined : { state: status.swarm.state };

function memberState(member: EtcdMember): string {
  if (!member.healthy) return "down";
  if (member.learner) return "learner";
  return member.leader ? "leader" : "voter";
}

function proxyState(status: NodeStatus | undefined): string {
  if (status === undefined || status.etcd.mode === "none") return "-";
  if (!status.etcd.healthy) return "down";
  return status.etcd.mode;
}

const addressIn = (url: string): string => (URL.canParse(url) ? hostOf(url) : "-");

// From resources to the status object: which host is what, and what an operator must know first.

import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import { byName } from "../terminal/facts.ts";
import { buildVault } from "../vault/view.ts";
import type { NodeView, StatusView } from "./view.ts";

type SwarmNode = ClusterStatus["swarm"]["nodes"][number];
type EtcdMember = ClusterStatus["etcd"]["members"][number];

/** Pure: the same resources give the same view. */
export function buildStatus(data: ClusterKeys): StatusView {
  const { cluster, leader, operation } = data;
  const reasons = reasonsNotReady(data);
  const { servers, serving, active } = buildVault(data);
  return {
    ready: reasons.length === 0,
    reasons,
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

function reasonsNotReady({ cluster, leader, operation, swarmRecord, registrations }: ClusterKeys): string[] {
  const reasons: string[] = [];
  if (registrations.size === 0) reasons.push("no host is registered");
  if (swarmRecord?.state !== "ready") reasons.push("there is no swarm yet");
  if (leader === undefined) reasons.push("no controller leads");
  if (cluster === undefined) {
    if (leader !== undefined) reasons.push("the controller has not reported yet");
  } else if (operation !== undefined) {
    const replaced = operation.replaces?.name;
    reasons.push(
      replaced === undefined || operation.rollingBack
        ? `${operation.name} is being ${operation.kind}d`
        : `${operation.name} takes the place of ${replaced}`,
    );
  } else if (!cluster.ready) {
    reasons.push(cluster.managers.now === cluster.managers.wanted ? "not everything has settled" : cluster.goal);
  }
  return reasons;
}

/** What holds up a cluster that is just being made, before any controller could report it. */
function bootstrapWaiting({ swarmRecord, lock }: ClusterKeys): StatusView["waiting"] {
  const waiting: StatusView["waiting"] = [];
  if (swarmRecord?.state === "initialising") {
    waiting.push({
      what: swarmRecord.name,
      reason: "SwarmInitialising",
      why: "it is making the swarm, and all others join that one",
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

/** Every host we know of, then what is in one of the rafts and belongs to none of them; each group by name. */
function nodesOf(data: ClusterKeys): NodeView[] {
  const ids = new Set([...data.registrations.keys(), ...data.statuses.keys(), ...data.assignments.keys()]);
  const hosts = [...ids].map(id => hostView(data, id)).filter(view => view !== undefined);
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
  return [...hosts.sort(byName), ...unmanaged.sort(byName)];
}

/** Undefined for an assignment whose host has left no other trace. */
function hostView(data: ClusterKeys, id: NodeId): NodeView | undefined {
  const registration = data.registrations.get(id);
  const assignment = data.assignments.get(id);
  const status = data.statuses.get(id);
  const name = registration?.name ?? status?.name;
  if (name === undefined) return undefined;
  const node = data.cluster?.swarm.nodes.find(candidate => candidate.node === id);
  const member = data.cluster?.etcd.members.find(candidate => candidate.node === id);
  const here = registration === undefined ? undefined : status;
  return {
    id,
    name,
    address: registration?.address ?? node?.address ?? "-",
    role: node?.role ?? assignment?.role ?? registration?.role ?? "unknown",
    ...swarmPart(node === undefined ? joiningState(here) : swarmState(node)),
    etcd: member === undefined ? proxyState(here) : memberState(member),
    phase: registration === undefined ? "gone" : (status?.phase ?? "registered"),
    ...messageOf(registration, status),
    units: unitsOf(assignment?.units ?? [], here),
    ...(registration && {
      since: registration.registeredAt,
      version: registration.versions.swarmkeeper,
      docker: registration.versions.docker,
      etcdVersion: registration.versions.etcd,
    }),
  };
}

/** A host's own words while it is there; after that, how it went. */
function messageOf(registration: Registration | undefined, status: NodeStatus | undefined): { message?: string } {
  if (registration === undefined) {
    return { message: status?.phase === "gone" ? "it has left in good order" : "its registration has ended" };
  }
  if (status === undefined) return { message: "it has reported nothing yet" };
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

/** A host that the leader's report does not know in the swarm speaks for itself. */
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

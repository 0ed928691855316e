// The invariants of swarmkeeper, checked on the fakes at every external write of a controller or an agent, and whenever a
// test observes. What the product believes does not count.

import type { z } from "zod";
import { ETCD_DATA } from "../../agent/host/state.ts";
import { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { Event } from "../../crd-like-specs/resources/event.ts";
import { Operation } from "../../crd-like-specs/resources/membership.ts";
import { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Txn, TxnResult, WatchEvent } from "../../drivers/etcd/port.ts";
import type { SwarmState } from "../fakes/docker/docker.ts";
import type { MemberState } from "../fakes/etcd/etcd.ts";
import { type FakeNode, type FakeWorld, keys } from "../fakes/world.ts";

/** The allowed age of an observation that a controller acts on. */
const STALE_MS = 15_000;
/** How long a controller may still consider a node dead that has returned. */
const RETURNED_MS = 20_000;
/** The controller counts the grace from its own observation, which is a little later than the fault. */
const SLACK_MS = 3_000;

export interface Invariants {
  /** Violations as sentences, each once. */
  readonly broken: string[];
  /** Must be called before a write of a controller takes effect. */
  asked(node: FakeNode, name: string, args: readonly unknown[]): void;
  /** Must be called after it has taken effect. */
  answered(node: FakeNode, name: string, args: readonly unknown[], result: unknown): void;
  /** Must be called before a write of an agent. */
  agentAsks(node: FakeNode, name: string, args: readonly unknown[]): void;
  /** Must be called when a fault or a repair has changed the world. */
  disturbed(): void;
  /** Must be called when an operator changes keys or a raft manually. */
  manually(): void;
  /** Must be called often enough to notice every change of quorums and silences. */
  observe(): void;
}

/** A world with controllers. */
interface Watched extends FakeWorld {
  /** The node whose controller leads according to the key `leader`. */
  leader(): FakeNode | undefined;
  /** Names of the nodes that are etcd voters. */
  voters(): string[];
}

export function watchInvariants(cluster: Watched): Invariants {
  const broken: string[] = [];
  const now = () => cluster.clock.monotonic();
  let seen = 0;
  let disturbedAt = Number.NEGATIVE_INFINITY;
  let manuallyAt = Number.NEGATIVE_INFINITY;
  let quorums = { etcd: false, swarm: false };
  let operation: Operation | undefined;
  let pausedSince: number | undefined;
  /** By node name: the unbroken time in which neither raft reached the node. */
  const silences = new Map<string, { from: number; to: number }>();
  /** By node name: when it was last neither reached by a raft nor registered. */
  const dead = new Map<string, number>();

  const violate = (text: string) => {
    const line = `${(now() / 1000).toFixed(3)} s: ${text}`;
    if (!broken.some(known => known.endsWith(text))) broken.push(line);
  };

  function observe(): void {
    const swarm = cluster.docker.state()[0];
    const members = cluster.etcd.state();
    for (const node of cluster.nodes) {
      const alive = livenessOf(node, members, swarm);
      const silence = silences.get(node.name);
      // A node that is reached again for only a moment may still count as silent.
      if (!alive[0] && !alive[1]) silences.set(node.name, { from: silence?.from ?? now(), to: now() });
      else if (silence && now() - silence.to > RETURNED_MS) silences.delete(node.name);
      if (!alive.some(Boolean)) dead.set(node.name, now());
    }
    const before = quorums;
    quorums = { etcd: cluster.etcd.members.quorum(), swarm: swarm?.quorum ?? false };
    if (!recently(disturbedAt) && !recently(manuallyAt)) {
      for (const raft of ["etcd", "swarm"] as const)
        if (before[raft] && !quorums[raft]) violate(`${raft} has lost its quorum without any fault`);
    }
    if (members.filter(member => member.learner).length > 1) violate("etcd has two learners");
    if (cluster.inits > 1) violate(`${cluster.inits} swarms were made`);
  }

  /** Applies every change of a key since the last call, in order. */
  function readChanges(): void {
    const recorded = cluster.etcd.store.since(seen + 1);
    seen = cluster.etcd.store.revision;
    if (recorded === "compacted") return;
    for (const { events } of recorded) for (const event of events) applyChange(event);
  }

  function applyChange(event: WatchEvent): void {
    const key = event.type === "put" ? event.kv.key : event.key;
    const value = event.type === "put" ? event.kv.value : undefined;
    if (key === keys.spec.of("paused")) {
      if (value?.trim() === "true") pausedSince ??= now();
      else if (value === undefined || value.trim() === "false") pausedSince = undefined;
    }
    if (key === keys.operation) {
      const next = value === undefined ? undefined : read(Operation, value);
      if (next && operation && next.id !== operation.id && !recently(manuallyAt))
        violate(`${next.id} was begun while ${operation.id} was in flight`);
      operation = next;
    }
    if (value !== undefined && key.startsWith(keys.nodeStatus.root)) checkApplied(read(NodeStatus, value));
    if (key === keys.clusterStatus && value !== undefined) checkAccepted(read(ClusterStatus, value));
  }

  const recently = (at: number) => now() - at < STALE_MS;

  cluster.etcd.onChange(readChanges);

  return {
    broken,
    observe,
    disturbed() {
      disturbedAt = now();
      observe();
    },
    manually() {
      manuallyAt = now();
    },
    asked(node, name, args) {
      observe();
      const target = targetOf(cluster, name, args);
      if (!target) return;
      const what = `${name} of ${target.name} by the controller on ${node.name}`;
      if (cluster.leader() !== node && !recently(manuallyAt)) violate(`${what}, which does not lead`);
      if (pausedSince !== undefined && !recently(pausedSince)) violate(`${what} while spec/paused is true`);
      if (name === "setDrained") return; // changes no vote
      if (!operation) {
        if (!target.left && !recently(manuallyAt)) violate(`${what} without a journalled operation`);
        return;
      }
      const purpose = purposeOf(operation, target);
      if (purpose === undefined && !recently(manuallyAt))
        violate(`${what} during ${operation.id}, which does not allow it`);
      if (purpose === "replace") checkDead(target.name, what);
      if (!isRecorded(cluster, target.name) && !recently(manuallyAt)) violate(`${what} without an event`);
      if (name === "setRole" && args[1] === "manager" && !isVoter(cluster, target.name))
        violate(`${what} before it is an etcd voter`);
    },
    answered(node, name, args, result) {
      observe();
      if (name !== "txn") return;
      const txn = args[0] as Txn;
      const alone = txn.do.every(write => "put" in write && write.put === keys.leader);
      const fences = txn.if.some(one => one.key === keys.leader && one.target === "create" && one.value > 0);
      if ((result as TxnResult).succeeded && !alone && !fences)
        violate(`an unfenced write by the controller on ${node.name}`);
    },
    agentAsks(node, name, args) {
      if (name !== "remove" || !String(args[0]).startsWith(ETCD_DATA)) return;
      const member = cluster.etcd.state().find(one => one.host === node.address);
      if (member && cluster.started.has(member.id) && node.hasData())
        violate(`${node.name} wipes the data of member ${member.id}, which is listed`);
    },
  };

  function checkAccepted(report: ClusterStatus | undefined): void {
    for (const { type, message } of report?.conditions ?? [])
      if (type === "PlanRejected") violate(`the check rejected a plan: ${message}`);
  }

  /** A node that reports an assignment as applied has its mode and member in etcd. */
  function checkApplied(status: NodeStatus | undefined): void {
    const stored = status && cluster.etcd.store.get(keys.assignments.of(status.id));
    const assigned = stored && read(Assignment, stored.value);
    if (!status || !assigned || assigned.generation !== status.generation) return;
    const { name, generation, etcd } = status;
    const wanted = assigned.etcd.mode === "member" ? assigned.etcd.member : undefined;
    if (
      etcd.mode !== assigned.etcd.mode ||
      (wanted !== undefined && etcd.member !== undefined && etcd.member !== wanted)
    )
      violate(`${name} has applied assignment ${generation}, but is etcd ${etcd.mode} ${etcd.member ?? ""}`);
  }

  function checkDead(name: string, what: string): void {
    const grace = Number(cluster.etcd.store.get(keys.spec.of("remediation/grace-seconds"))?.value ?? 60) * 1000;
    const lastDead = dead.get(name) ?? Number.NEGATIVE_INFINITY;
    const silence = silences.get(name);
    const silentMs = silence ? silence.to - silence.from : 0;
    if (now() - lastDead > RETURNED_MS) violate(`${what}, which is alive`);
    if (silentMs < grace - SLACK_MS) violate(`${what}, which was silent for only ${silentMs / 1000} s`);
  }
}

/** Whether etcd and the swarm reach the node, and whether it is registered. A node that was never a manager has none. */
function livenessOf(node: FakeNode, members: readonly MemberState[], swarm: SwarmState | undefined) {
  const member = members.find(one => one.host === node.address);
  const swarmNode = swarm?.nodes.find(one => one.name === node.name && one.member);
  return [member?.connected === true, swarmNode?.connected === true, node.registered()];
}

interface Target {
  readonly name: string;
  readonly address: string;
  readonly swarmNode: string | undefined;
  readonly removes: boolean;
  /** Its own status reports that it has left the swarm in good order. */
  readonly left: boolean;
}

/** The node whose membership a write changes; undefined for other writes. */
function targetOf(cluster: Watched, name: string, args: readonly unknown[]): Target | undefined {
  const id = String(args[0]);
  if (name === "addLearner" || name === "promote" || (name === "remove" && !id.startsWith("/"))) {
    const member = cluster.etcd.state().find(one => one.id === id);
    const address = name === "addLearner" ? new URL(id).hostname : (member?.host ?? "");
    const node = cluster.nodes.find(one => one.address === address);
    return { name: node?.name ?? id, address, swarmNode: undefined, removes: name === "remove", left: false };
  }
  if (name === "setRole" || name === "removeNode" || name === "setDrained") {
    const swarmNode = cluster.docker.state()[0]?.nodes.find(one => one.id === id);
    const node = cluster.nodes.find(one => one.name === swarmNode?.name);
    const left = name === "removeNode" && node?.status()?.left.some(former => former === id) === true;
    const removes = name === "removeNode" || args[1] === "worker";
    return { name: node?.name ?? id, address: "", swarmNode: id, removes, left };
  }
  return undefined;
}

/** Why the operation allows this write; undefined if it does not. */
function purposeOf(operation: Operation, target: Target): "own" | "replace" | "left" | undefined {
  if (target.left) return "left";
  const { kind, rollingBack, address, swarmNode, replaces } = operation;
  const same = (one: { address: string; swarmNode?: string | undefined } | undefined) =>
    one !== undefined &&
    (target.swarmNode === undefined ? one.address === target.address : one.swarmNode === target.swarmNode);
  if (same(replaces)) return target.removes ? "replace" : undefined;
  if (!same({ address, swarmNode })) return undefined;
  return target.removes === (kind === "demote" || rollingBack) ? "own" : undefined;
}

const isVoter = (cluster: Watched, name: string): boolean => cluster.voters().includes(name);

/** True if an event about etcd or the swarm names this node. */
function isRecorded({ etcd }: Watched, name: string): boolean {
  const recorded = etcd.store.list(keys.events.root).map(({ value }) => Event.parse(JSON.parse(value)));
  return recorded.some(event => ["etcd", "swarm"].includes(event.topic) && event.node === name);
}

/** Parses a value; undefined if it does not fit, because an operator wrote it. */
function read<T>(kind: z.ZodType<T>, value: string): T | undefined {
  try {
    return kind.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}

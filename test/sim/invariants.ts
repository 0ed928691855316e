// What swarmkeeper promises, checked against the world itself at every external write of a controller or an agent, and
// whenever somebody looks: never against what the product believes.

import type { z } from "zod";
import { ETCD_DATA } from "../../agent/host/state.ts";
import { Event } from "../../crd-like-specs/resources/event.ts";
import { Assignment, ClusterStatus, NodeStatus, Operation } from "../../crd-like-specs/resources/resources.ts";
import type { Txn, TxnResult, WatchEvent } from "../../drivers/etcd/port.ts";
import type { SwarmState } from "../fakes/docker/docker.ts";
import type { MemberState } from "../fakes/etcd/etcd.ts";
import { type FakeNode, type FakeWorld, keys } from "../fakes/world.ts";

/** What was seen last, and is acted on, may be as old as that. */
const STALE_MS = 15_000;
/** A host that came back may still be taken for dead for so long. */
const RETURNED_MS = 20_000;
/** Grace is counted by the controller's own looks, which come a little later than the fault. */
const SLACK_MS = 3_000;

export interface Invariants {
  /** Broken promises in words. */
  readonly broken: string[];
  /** A controller sends a write. */
  asked(host: FakeNode, name: string, args: readonly unknown[]): void;
  /** It has taken effect. */
  answered(host: FakeNode, name: string, args: readonly unknown[], result: unknown): void;
  /** An agent is about to write. */
  agentAsks(host: FakeNode, name: string, args: readonly unknown[]): void;
  /** A fault or a repair has changed the world just now. */
  disturbed(): void;
  /** Somebody has changed the keys or a raft behind the controllers' back. */
  manually(): void;
  /** To be called often enough that nothing happens unseen. */
  observe(): void;
}

/** A world with controllers in it. */
interface Watched extends FakeWorld {
  /** The host whose controller leads, as far as etcd knows. */
  leader(): FakeNode | undefined;
  /** Names of the hosts that are etcd voters. */
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
  /** By host: since when neither raft hears it, and when it last showed no sign of life at all. */
  const silences = new Map<string, { from: number; to: number }>();
  const dead = new Map<string, number>();

  const say = (text: string) => {
    const line = `${(now() / 1000).toFixed(3)} s: ${text}`;
    if (!broken.some(known => known.endsWith(text))) broken.push(line);
  };

  function observe(): void {
    const swarm = cluster.docker.state()[0];
    const members = cluster.etcd.state();
    for (const host of cluster.nodes) {
      const signs = signsOfLife(host, members, swarm);
      const silence = silences.get(host.name);
      // One that is heard again only for a moment may still be taken for silent.
      if (!signs[0] && !signs[1]) silences.set(host.name, { from: silence?.from ?? now(), to: now() });
      else if (silence && now() - silence.to > RETURNED_MS) silences.delete(host.name);
      if (!signs.some(Boolean)) dead.set(host.name, now());
    }
    const before = quorums;
    quorums = { etcd: cluster.etcd.members.quorum(), swarm: swarm?.quorum ?? false };
    if (!recently(disturbedAt) && !recently(manuallyAt)) {
      for (const raft of ["etcd", "swarm"] as const)
        if (before[raft] && !quorums[raft]) say(`${raft} has lost its quorum without any fault`);
    }
    if (members.filter(member => member.learner).length > 1) say("etcd has two learners");
    if (cluster.inits > 1) say(`${cluster.inits} swarms were made`);
  }

  /** Each change of a key, in order. */
  function follow(): void {
    const recorded = cluster.etcd.store.since(seen + 1);
    seen = cluster.etcd.store.revision;
    if (recorded === "compacted") return;
    for (const { events } of recorded) for (const event of events) take(event);
  }

  function take(event: WatchEvent): void {
    const key = event.type === "put" ? event.kv.key : event.key;
    const value = event.type === "put" ? event.kv.value : undefined;
    if (key === keys.spec.of("paused")) {
      if (value?.trim() === "true") pausedSince ??= now();
      else if (value === undefined || value.trim() === "false") pausedSince = undefined;
    }
    if (key === keys.operation) {
      const next = value === undefined ? undefined : read(Operation, value);
      if (next && operation && next.id !== operation.id && !recently(manuallyAt))
        say(`${next.id} was begun while ${operation.id} was in flight`);
      operation = next;
    }
    if (value !== undefined && key.startsWith(keys.nodeStatus.root)) demandReached(read(NodeStatus, value));
    if (key === keys.clusterStatus && value !== undefined) demandAccepted(read(ClusterStatus, value));
  }

  const recently = (at: number) => now() - at < STALE_MS;

  cluster.etcd.onChange(follow);

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
    asked(host, name, args) {
      observe();
      const target = targetOf(cluster, name, args);
      if (!target) return;
      const what = `${name} of ${target.name} by the controller on ${host.name}`;
      if (cluster.leader() !== host && !recently(manuallyAt)) say(`${what}, which does not lead`);
      if (pausedSince !== undefined && !recently(pausedSince)) say(`${what} while spec/paused is true`);
      if (name === "setDrained") return; // no vote is changed by it
      if (!operation) {
        if (!target.left && !recently(manuallyAt)) say(`${what} without a journalled operation`);
        return;
      }
      const order = orderFor(operation, target);
      if (order === undefined && !recently(manuallyAt)) say(`${what} in the course of ${operation.id}`);
      if (order === "replace") demandDead(target.name, what);
      if (!isDue(cluster, target.name) && !recently(manuallyAt)) say(`${what} of which no event tells`);
      if (name === "setRole" && args[1] === "manager" && !isVoter(cluster, target.name))
        say(`${what} before it is an etcd voter`);
    },
    answered(host, name, args, result) {
      observe();
      if (name !== "txn") return;
      const txn = args[0] as Txn;
      const alone = txn.do.every(write => "put" in write && write.put === keys.leader);
      const fences = txn.if.some(one => one.key === keys.leader && one.target === "create" && one.value > 0);
      if ((result as TxnResult).succeeded && !alone && !fences)
        say(`an unfenced write by the controller on ${host.name}`);
    },
    agentAsks(host, name, args) {
      if (name !== "remove" || !String(args[0]).startsWith(ETCD_DATA)) return;
      const member = cluster.etcd.state().find(one => one.host === host.address);
      if (member && cluster.started.has(member.id) && host.hasData())
        say(`${host.name} wipes the data of member ${member.id}, which is listed`);
    },
  };

  function demandAccepted(report: ClusterStatus | undefined): void {
    for (const { type, message } of report?.conditions ?? [])
      if (type === "PlanRejected") say(`its own check refused a plan: ${message}`);
  }

  /** Who says that an assignment is reached is in etcd what that assignment says. */
  function demandReached(status: NodeStatus | undefined): void {
    const stored = status && cluster.etcd.store.get(keys.assignments.of(status.id));
    const assigned = stored && read(Assignment, stored.value);
    if (!status || !assigned || assigned.generation !== status.generation) return;
    const { name, generation, etcd } = status;
    const wanted = assigned.etcd.mode === "member" ? assigned.etcd.member : undefined;
    if (
      etcd.mode !== assigned.etcd.mode ||
      (wanted !== undefined && etcd.member !== undefined && etcd.member !== wanted)
    )
      say(`${name} has reached assignment ${generation}, but is etcd ${etcd.mode} ${etcd.member ?? ""}`);
  }

  function demandDead(name: string, what: string): void {
    const grace = Number(cluster.etcd.store.get(keys.spec.of("remediation/grace-seconds"))?.value ?? 60) * 1000;
    const lastDead = dead.get(name) ?? Number.NEGATIVE_INFINITY;
    const silence = silences.get(name);
    const silentMs = silence ? silence.to - silence.from : 0;
    if (now() - lastDead > RETURNED_MS) say(`${what}, which is alive`);
    if (silentMs < grace - SLACK_MS) say(`${what}, which was silent for ${silentMs / 1000} s only`);
  }
}

/** Etcd member, swarm manager, registration: what a leader goes by. A host that was never a manager shows none. */
function signsOfLife(host: FakeNode, members: readonly MemberState[], swarm: SwarmState | undefined) {
  const member = members.find(one => one.host === host.address);
  const node = swarm?.nodes.find(one => one.name === host.name && one.member);
  return [member?.connected === true, node?.connected === true, host.registered()];
}

interface Target {
  readonly name: string;
  readonly address: string;
  readonly swarmNode: string | undefined;
  readonly removes: boolean;
  /** It said itself that it has left in good order. */
  readonly left: boolean;
}

/** The host that a write changes the membership of; undefined for other writes. */
function targetOf(cluster: Watched, name: string, args: readonly unknown[]): Target | undefined {
  const id = String(args[0]);
  if (name === "addLearner" || name === "promote" || (name === "remove" && !id.startsWith("/"))) {
    const member = cluster.etcd.state().find(one => one.id === id);
    const address = name === "addLearner" ? new URL(id).hostname : (member?.host ?? "");
    const host = cluster.nodes.find(one => one.address === address);
    return { name: host?.name ?? id, address, swarmNode: undefined, removes: name === "remove", left: false };
  }
  if (name === "setRole" || name === "removeNode" || name === "setDrained") {
    const node = cluster.docker.state()[0]?.nodes.find(one => one.id === id);
    const host = cluster.nodes.find(one => one.name === node?.name);
    const left = name === "removeNode" && host?.status()?.left.some(gone => gone === id) === true;
    const removes = name === "removeNode" || args[1] === "worker";
    return { name: host?.name ?? id, address: "", swarmNode: id, removes, left };
  }
  return undefined;
}

/** As what the operation in flight allows this write, if it does. */
function orderFor(operation: Operation, target: Target): "own" | "replace" | "left" | undefined {
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

/** Whether the story has a line about this host's votes. */
function isDue({ etcd }: Watched, name: string): boolean {
  const eventTexts = etcd.store.list(keys.events.root).map(({ value }) => Event.parse(JSON.parse(value)));
  return eventTexts.some(event => ["etcd", "swarm"].includes(event.topic) && event.node === name);
}

/** Undefined for what somebody else wrote at its key. */
function read<T>(kind: z.ZodType<T>, value: string): T | undefined {
  try {
    return kind.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}

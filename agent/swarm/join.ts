// Brings this host into the one swarm and keeps an eye on it being there. Looks, decides (decide.ts), takes one step,
// looks again: a crash anywhere leaves a world that the next look understands.

import { informer } from "../../coordination/informer.ts";
import { Deposed } from "../../coordination/leadership.ts";
import { type Held, withLock } from "../../coordination/lock.ts";
import { createWakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { versionProblem } from "../host/versions.ts";
import { observeEtcd } from "../status/observe.ts";
import { decideSwarm, nodeHere, type SwarmAct, type SwarmStep, type SwarmView } from "./decide.ts";
import { announce, complete, managersOf, readRecord } from "./record.ts";
import { confirmRemoved } from "./removal.ts";

/** Between looks without news: in the swarm, while someone else has to act, and after a failure. */
const SETTLED_MS = 15_000;
const WAITING_MS = 15_000;
const RETRY_MS = 2_000;
/** A join goes on in the background of the engine; it is watched for this long while the lock is held. */
const JOIN_MS = 60_000;
const LOCK_SECONDS = 15;

/** An agent that counts how long docker has been joining. */
interface Joiner extends ConnectedAgent {
  /** Told docker's state at each look; milliseconds since it is "pending". */
  readonly pendingFor: (state: EngineInfo["swarm"]["state"]) => number;
}

function joiner(agent: ConnectedAgent): Joiner {
  const now = () => agent.clock.monotonic();
  let since: number | undefined;
  return {
    ...agent,
    pendingFor(state) {
      since = state === "pending" ? (since ?? now()) : undefined;
      return since === undefined ? 0 : now() - since;
    },
  };
}

/** Runs for as long as it is not aborted. Every failure is said, and tried again. */
export async function ensureInSwarm(connected: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const agent = joiner(connected);
  const { docker, clock, report } = agent;
  const wakeup = createWakeup(clock);
  const events = docker.nodeEvents().subscribe({ next: () => wakeup.wake(), error: () => {} });
  const watching = watchRecord(agent, () => !report.facts().settled && wakeup.wake());
  try {
    for (;;) {
      const pause = await round(agent, signal).catch(error => {
        signal.throwIfAborted();
        // Losing the lock is not a failure: another look tells what has become of the step.
        if (error instanceof Deposed) return RETRY_MS;
        // Unknown is not a fact, but a first report cannot wait for docker.
        report.see({ swarm: { ...(report.facts().swarm ?? { state: "inactive" }), control: false } });
        report.setMessage("swarm", { kind: "failing", text: failureOf(error) });
        return RETRY_MS;
      });
      await wakeup.wait(pause, signal);
    }
  } finally {
    events.unsubscribe();
    watching.unsubscribe();
  }
}

/** Only news: what stands in the record is read when it is needed. Where it cannot be watched the slow look is left. */
function watchRecord({ etcd, keys, clock, random }: ConnectedAgent, wake: () => void) {
  return informer(etcd.kv, keys.swarm, { clock, random }).subscribe({ next: wake, error: () => {} });
}

/** One look and what follows from it; returns how long to wait for news. */
async function round(agent: Joiner, signal: AbortSignal): Promise<number> {
  const { report } = agent;
  const { step, engine } = await observe(agent);
  switch (step.do) {
    case "settled":
      await settle(agent, step.swarm, engine.node);
      return SETTLED_MS;
    case "wait":
      report.see({ settled: false });
      report.setMessage("swarm", { kind: "waiting", text: step.why });
      return WAITING_MS;
    case "reject":
      report.see({ settled: false });
      report.setMessage("swarm", { kind: "rejected", text: step.why });
      return WAITING_MS;
    default:
      report.see({ settled: false });
      await underLock(agent, signal);
      return 0;
  }
}

interface Observation {
  readonly step: SwarmStep;
  readonly engine: EngineInfo["swarm"];
  readonly at: KeyValue | undefined;
}

async function observe(agent: Joiner): Promise<Observation> {
  const { docker, etcd, keys, self, store, report, versions } = agent;
  const info = await docker.info();
  const noted = store.state().swarm;
  report.see({ swarm: seen(info.swarm, nodeHere({ engine: info.swarm, noted })) });
  versions.learn({ docker: info.version });
  const old = versionProblem("docker", info.version);
  if (old !== undefined) return { step: { do: "reject", why: old }, engine: info.swarm, at: undefined };
  // Once in the swarm, etcd is not asked again: the record has done its work.
  const settled = report.facts().settled && noted !== undefined;
  const read = settled ? undefined : await readRecord(etcd.kv, keys.swarm);
  const record: SwarmRecord | undefined = settled ? { state: "ready", id: noted.id, managers: [] } : read?.record;
  const mayInit = record?.state === "ready" ? "not-an-etcd-member" : await mayMakeSwarm(agent);
  const removed = await confirmRemoved(agent, info.swarm);
  const pendingMs = agent.pendingFor(info.swarm.state);
  const tokenKey = record === undefined ? (await etcd.kv.get(keys.workerToken))?.key : undefined;
  const known = { recordKey: keys.swarm, tokenKey, noted, record };
  const view = { self: self.id, mayInit, engine: info.swarm, pendingMs, removed, ...known };
  return { step: decideSwarm(view), engine: info.swarm, at: read?.at };
}

function seen({ state, control }: EngineInfo["swarm"], node: EngineInfo["swarm"]["node"]): NodeStatus["swarm"] {
  return { state, control, ...(node !== undefined && { node }) };
}

async function mayMakeSwarm(agent: ConnectedAgent): Promise<SwarmView["mayInit"]> {
  if (agent.self.role !== "manager") return "not-a-manager";
  if (agent.store.state().etcd?.mode !== "member") return "not-an-etcd-member";
  return (await observeEtcd(agent)) ? "yes" : "etcd-not-healthy";
}

/** Inside the lock everything is looked at anew, until there is nothing left to do in it. */
async function underLock(agent: Joiner, signal: AbortSignal): Promise<void> {
  const { etcd, clock, random, keys, self, report } = agent;
  const held = {
    kv: etcd.kv,
    leases: etcd.leases,
    clock,
    random,
    key: keys.bootstrapLock,
    value: () => JSON.stringify({ node: self.id, name: self.name, address: self.address }),
    ttlSeconds: LOCK_SECONDS,
    signal,
    onWaiting: ({ value }: KeyValue) =>
      report.setMessage("swarm", {
        kind: "waiting",
        text: `waits for its turn to enter the swarm; now it is ${holderIn(value)}`,
      }),
  };
  await withLock(held, async lock => {
    for (;;) {
      const { step, at } = await observe(agent);
      if (step.do === "settled" || step.do === "wait" || step.do === "reject") return;
      lock.signal.throwIfAborted();
      await act(agent, lock, step, at);
    }
  });
}

async function act(agent: ConnectedAgent, lock: Held, step: SwarmAct, at: KeyValue | undefined): Promise<void> {
  const { docker, self, log } = agent;
  switch (step.do) {
    case "announce":
      return announce(agent, lock.kv);
    case "init":
      log.info({ topic: "swarm", address: self.address }, "makes the swarm");
      await docker.initSwarm({ advertiseAddress: self.address });
      return;
    case "give-up":
      log.warn({ topic: "swarm" }, "gives up a join that no manager has answered, and begins it anew");
      return docker.leaveSwarm({ force: true });
    case "forget-swarm":
      return forget(agent, step.node);
    case "complete":
      if (at) await complete(agent, lock.kv, at);
      return;
    case "join":
      return join(agent, lock, step);
  }
}

/** Noted last: until docker has forgotten, the note may be all that tells which node this was. */
async function forget({ docker, store, log }: ConnectedAgent, node: SwarmNodeId): Promise<void> {
  log.warn({ topic: "swarm", node }, "the swarm has removed this host's node: has docker forget it, and joins anew");
  await docker.leaveSwarm({ force: true });
  await store.update(({ swarm: _, ...state }) => state);
}

async function join(agent: ConnectedAgent, lock: Held, step: Extract<SwarmAct, { do: "join" }>): Promise<void> {
  const { docker, etcd, keys, self, store, report } = agent;
  const token = (await etcd.kv.get(keys.workerToken))?.value;
  if (token === undefined) throw new Error(`${keys.workerToken} is missing: the leading controller writes it anew`);
  const remotes = (await managersOf(agent, step.managers)).filter(remote => remote !== `${self.address}:2377`);
  if (remotes.length === 0) throw new Error("no other manager of the swarm is known to join at");
  // Noted first: a worker cannot tell afterwards whose swarm it is in.
  await store.update(state => ({ ...state, swarm: { id: step.swarm } }));
  lock.signal.throwIfAborted();
  report.setMessage("swarm", { kind: "waiting", text: `joins the swarm at ${remotes.join(", ")}` });
  try {
    await docker.joinSwarm({ remotes, token, advertiseAddress: self.address });
  } catch (error) {
    if (!(error instanceof DockerError) || error.kind !== "join-pending") throw error;
    await joinedInTime(agent, lock);
  }
}

async function joinedInTime({ docker, clock }: ConnectedAgent, lock: Held): Promise<void> {
  const deadline = clock.monotonic() + JOIN_MS;
  for (let state = "pending"; state === "pending" && clock.monotonic() < deadline; ) {
    await clock.sleep(500, lock.signal);
    state = (await docker.info()).swarm.state;
  }
}

/** In the right swarm: noted, so that a worker recognises it after a restart, and said once. */
async function settle(agent: ConnectedAgent, swarm: string, node: SwarmNodeId | undefined): Promise<void> {
  const { store, report, log } = agent;
  if (node !== undefined) await store.update(state => ({ ...state, swarm: { id: swarm, node } }));
  report.settle("swarm");
  if (report.facts().settled) return;
  log.info({ topic: "swarm", swarm, node }, "is in the swarm");
  report.see({ settled: true });
}

/** Who holds the lock, for people. */
function holderIn(value: string): string {
  try {
    const { name, address } = JSON.parse(value) as { name?: unknown; address?: unknown };
    return `${name}'s (${address})`;
  } catch {
    return "someone else's";
  }
}

function failureOf(error: unknown): string {
  if (!(error instanceof DockerError)) return reasonOf(error);
  switch (error.kind) {
    case "unreachable":
      return `docker does not answer, or no manager of the swarm can be reached: ${error.message}`;
    case "bad-token":
      return `the worker token in etcd is not that of the swarm (was it rotated?): ${error.message}`;
    default:
      return error.message;
  }
}

// Brings this node into the one swarm and keeps it there. Each round observes, decides (decide.ts) and takes one step.
// After a crash at any point, the next round continues from the state that it observes.

import { informer } from "../../coordination/informer.ts";
import { Deposed } from "../../coordination/leadership.ts";
import { withLock } from "../../coordination/lock.ts";
import { createWakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import type { Explanation } from "../host/explanation.ts";
import { versionProblem } from "../host/versions.ts";
import { observeEtcd } from "../status/observe.ts";
import { decideSwarm, nodeHere, type SwarmStep, type SwarmView } from "./decide.ts";
import { readRecord } from "./record.ts";
import { confirmRemoved } from "./removal.ts";
import { act } from "./steps.ts";

/** Between two rounds without a wakeup: in the swarm, while another node must act, and after a failure. */
const SETTLED_MS = 15_000;
const WAITING_MS = 15_000;
const RETRY_MS = 2_000;
const LOCK_SECONDS = 15;

/** An agent that measures how long docker has been joining. */
interface Joiner extends ConnectedAgent {
  /** Takes docker's state of each observation. Returns the milliseconds since it is "pending", or 0. */
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

/** Runs until the signal is aborted. Reports and retries each failure. */
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
        // Losing the lock is not a failure: the next observation shows what became of the step.
        if (error instanceof Deposed) return RETRY_MS;
        // The state of docker is unknown here, but the first report cannot wait for docker.
        report.update({ swarm: { ...(report.facts().swarm ?? { state: "inactive" }), control: false } });
        report.setMessage("swarm", { kind: "failing", ...failureOf(error) });
        return RETRY_MS;
      });
      await wakeup.wait(pause, signal);
    }
  } finally {
    events.unsubscribe();
    watching.unsubscribe();
  }
}

/** Only a wakeup: a round reads the record when it needs it. If the watch fails, the slow rounds remain. */
function watchRecord({ etcd, keys, clock, random }: ConnectedAgent, wake: () => void) {
  return informer(etcd.kv, keys.swarm, { clock, random }).subscribe({ next: wake, error: () => {} });
}

/** One round. Returns the milliseconds until the next one. */
async function round(agent: Joiner, signal: AbortSignal): Promise<number> {
  const { report } = agent;
  const { step, engine } = await observe(agent);
  switch (step.do) {
    case "settled":
      await settle(agent, step.swarm, engine.node);
      return SETTLED_MS;
    case "wait":
      report.update({ settled: false });
      report.setMessage("swarm", { kind: "waiting", ...step.why });
      return WAITING_MS;
    case "reject":
      report.update({ settled: false });
      report.setMessage("swarm", { kind: "rejected", ...step.why });
      return WAITING_MS;
    default:
      report.update({ settled: false });
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
  report.update({ swarm: reported(info.swarm, nodeHere({ engine: info.swarm, noted })) });
  versions.learn({ docker: info.version });
  const tooOld = versionProblem("docker", info.version);
  if (tooOld !== undefined) {
    const why = { reason: "DockerTooOld", text: tooOld } as const;
    return { step: { do: "reject", why }, engine: info.swarm, at: undefined };
  }
  // Once this node is in the swarm, it does not need the record any more.
  const settled = report.facts().settled && noted !== undefined;
  const read = settled ? undefined : await readRecord(etcd.kv, keys.swarm);
  const record: SwarmRecord | undefined = settled ? { state: "ready", id: noted.id, managers: [] } : read?.record;
  const mayInit = record?.state === "ready" ? "not-an-etcd-member" : await mayMakeSwarm(agent);
  const removed = await confirmRemoved(agent, info.swarm);
  const pendingMs = agent.pendingFor(info.swarm.state);
  const tokenKey = record === undefined ? (await etcd.kv.get(keys.workerToken))?.key : undefined;
  const view = {
    ...{ self: self.id, mayInit, engine: info.swarm, pendingMs, removed },
    ...{ recordKey: keys.swarm, tokenKey, noted, record },
  };
  return { step: decideSwarm(view), engine: info.swarm, at: read?.at };
}

function reported({ state, control }: EngineInfo["swarm"], node: EngineInfo["swarm"]["node"]): NodeStatus["swarm"] {
  return { state, control, ...(node !== undefined && { node }) };
}

async function mayMakeSwarm(agent: ConnectedAgent): Promise<SwarmView["mayInit"]> {
  if (agent.self.role !== "manager") return "not-a-manager";
  if (agent.store.state().etcd?.mode !== "member") return "not-an-etcd-member";
  return (await observeEtcd(agent)) ? "yes" : "etcd-not-healthy";
}

/** Under the lock: observes again and takes steps until none is left. */
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
        reason: "BootstrapLocked",
        text: `waits until ${holderIn(value)} has entered the swarm`,
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

/** Writes the swarm and the swarm node id to disk, so that a worker recognises them after a restart. Logs once. */
async function settle(agent: ConnectedAgent, swarm: string, node: SwarmNodeId | undefined): Promise<void> {
  const { store, report, log } = agent;
  if (node !== undefined) await store.update(state => ({ ...state, swarm: { id: swarm, node } }));
  report.settle("swarm");
  if (report.facts().settled) return;
  log.info({ topic: "swarm", swarm, node }, "this node is in the swarm");
  report.update({ settled: true });
}

/** The holder of the lock, for a message. */
function holderIn(value: string): string {
  try {
    const { name, address } = JSON.parse(value) as { name?: unknown; address?: unknown };
    return `${name} (${address})`;
  } catch {
    return "another node";
  }
}

function failureOf(error: unknown): Explanation {
  if (!(error instanceof DockerError)) return { reason: "SwarmStepFailed", text: reasonOf(error) };
  const { kind, message } = error;
  switch (kind) {
    case "unreachable": {
      const text = `docker does not answer, or it reaches no manager of the swarm: ${message}`;
      return { reason: "DockerUnreachable", text };
    }
    case "bad-token": {
      const text = `the worker token in etcd is not that of the swarm (was it rotated?): ${message}`;
      return { reason: "WorkerTokenRejected", text };
    }
    default:
      return { reason: "DockerFailed", subject: kind, text: message };
  }
}

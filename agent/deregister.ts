// Deregisters the node when its machine shuts down: a worker leaves the swarm, the status becomes `gone`, and the
// registration is deleted. A restart of the agent does none of this. Best effort, within ten seconds.

import { within } from "../coordination/timeout.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import type { SwarmNodeId } from "../crd-like-specs/resources/ids.ts";
import type { ConnectedAgent } from "./context.ts";
import type { Registration } from "./register.ts";
import { writeStatus } from "./status/publish.ts";

/** Leaving waits for the engine to stop the swarm's tasks. */
const LEAVE_MS = 6_000;
const ETCD_MS = 2_000;
/** The leader removes the swarm nodes of these ids. It needs no more than the last few. */
const LEFT_KEPT = 10;

/** Resolves when the node is deregistered or the time is up. Does nothing if only the agent stops. Never rejects. */
export async function deregister(agent: ConnectedAgent, registration: Registration): Promise<void> {
  const { systemd, etcd, keys, self, report, log } = agent;
  const shuttingDown = await systemd.stopping().catch(() => false);
  if (!shuttingDown) {
    log.info("the agent stops; everything on this node stays as it is");
    return;
  }
  log.info("the machine shuts down: the agent deregisters the node");
  await attempt(agent, LEAVE_MS, "leaving the swarm", leaveSwarm(agent));
  report.update({ shutDown: true });
  const key = keys.nodeStatus.of(self.id);
  await attempt(agent, ETCD_MS, "writing the status", writeStatus(report.status(), etcd.kv, key, undefined));
  await attempt(agent, ETCD_MS, "deleting the registration", registration.revoke());
}

/**
 * A manager stays: a raft must lose a voter by a decision, not by a reboot. The engine rejects this call for a
 * manager.
 */
async function leaveSwarm({ docker, store, report, log }: ConnectedAgent): Promise<void> {
  const { swarm } = await docker.info();
  const manages = swarm.control || store.state().assignment?.role === "manager";
  if (swarm.state !== "active" || swarm.node === undefined || manages) return;
  await docker.leaveSwarm({ force: false });
  const left: SwarmNodeId[] = [...store.state().left, swarm.node].slice(-LEFT_KEPT);
  await store.update(({ swarm: _, ...state }) => ({ ...state, left }));
  report.update({ left, settled: false, swarm: { state: "inactive", control: false } });
  log.info({ topic: "swarm", node: swarm.node }, "this node has left the swarm");
}

async function attempt(
  { clock, log }: ConnectedAgent,
  ms: number,
  what: string,
  work: Promise<unknown>,
): Promise<void> {
  const warn = (reason: string) => log.warn({ topic: "shutdown" }, `${what}: ${reason}`);
  try {
    const done = work.then(() => true);
    if (!(await within(clock, ms, done))) warn(`not done in ${ms / 1000} s`);
  } catch (error) {
    warn(reasonOf(error));
  }
}

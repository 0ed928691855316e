// The orderly goodbye of a machine that goes down: a worker leaves the swarm, the registration is deleted, and the
// status says so. A mere restart of the agent changes nothing of all this. Best effort, and within ten seconds.

import { within } from "../coordination/timeout.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import type { SwarmNodeId } from "../crd-like-specs/resources/ids.ts";
import type { ConnectedAgent } from "./context.ts";
import type { Registration } from "./register.ts";
import { writeStatus } from "./status/publish.ts";

/** Leaving waits for the engine to stop the swarm's tasks. */
const LEAVE_MS = 6_000;
const ETCD_MS = 2_000;
/** More than that are of no use to anyone who cleans up. */
const LEFT_KEPT = 10;

/** Returns when all is said, or its time is up; never throws. */
export async function deregister(agent: ConnectedAgent, registration: Registration): Promise<void> {
  const { systemd, etcd, keys, self, report, log } = agent;
  const goingDown = await systemd.stopping().catch(() => false);
  if (!goingDown) {
    log.info("the agent stops; everything on this host stays as it is");
    return;
  }
  log.info("the machine goes down: says goodbye");
  await attempt(agent, LEAVE_MS, "leaving the swarm", leaveSwarm(agent));
  report.see({ gone: true });
  const key = keys.nodeStatus.of(self.id);
  await attempt(agent, ETCD_MS, "telling etcd", writeStatus(report.status(), etcd.kv, key, undefined));
  await attempt(agent, ETCD_MS, "deleting the registration", registration.revoke());
}

/** Managers stay: a raft loses voters by a decision, not by a reboot. The engine itself refuses what is not forced. */
async function leaveSwarm({ docker, store, report, log }: ConnectedAgent): Promise<void> {
  const { swarm } = await docker.info();
  const manages = swarm.control || store.state().assignment?.role === "manager";
  if (swarm.state !== "active" || swarm.node === undefined || manages) return;
  await docker.leaveSwarm({ force: false });
  const left: SwarmNodeId[] = [...store.state().left, swarm.node].slice(-LEFT_KEPT);
  await store.update(({ swarm: _, ...state }) => ({ ...state, left }));
  report.see({ left, settled: false, swarm: { state: "inactive", control: false } });
  log.info({ topic: "swarm", node: swarm.node }, "has left the swarm");
}

async function attempt(
  { clock, log }: ConnectedAgent,
  ms: number,
  what: string,
  work: Promise<unknown>,
): Promise<void> {
  const warn = (reason: string) => log.warn({ topic: "goodbye" }, `${what}: ${reason}`);
  try {
    const done = work.then(() => true);
    if (!(await within(clock, ms, done))) warn(`not done in ${ms / 1000} s`);
  } catch (error) {
    warn(reasonOf(error));
  }
}

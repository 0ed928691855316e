// From a node with nothing but its configuration to one whose etcd runs and answers. Each wait is logged when it begins
// and once a minute, and its attempts back off.
import type { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { Agent, ConnectedAgent, Ports } from "./context.ts";
import { PeersError } from "./etcd/discovery.ts";
import { findPeers } from "./etcd/peers.ts";
import { ensureEtcd } from "./etcd/role.ts";
import { etcdUrls } from "./host/etcd-urls.ts";
import type { StatusReason } from "./host/explanation.ts";
import { ownAddress } from "./host/identity.ts";

const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5_000;
const REMIND_MS = 60_000;
/** The voters behind all known endpoints may have been replaced, so that the configuration is read again after this. */
const FIND_AGAIN_MS = 20_000;

/** Tries until `attempt` succeeds. `onFailure` gets each error and the milliseconds since the first attempt. */
async function retryForever<T>(
  { clock, random }: Pick<Ports, "clock" | "random">,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  onFailure: (error: unknown, waitedMs: number) => void,
): Promise<T> {
  const began = clock.monotonic();
  const waits = backoff({ firstMs: FIRST_PAUSE_MS, mostMs: MOST_PAUSE_MS, random });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      onFailure(error, clock.monotonic() - began);
      await clock.sleep(waits.next(), signal);
    }
  }
}

/** The message of a wait that has lasted `waitedMs`. */
function waiting(reason: StatusReason, text: string, waitedMs: number) {
  const minutes = Math.floor(waitedMs / REMIND_MS);
  return { kind: "waiting", reason, minutes, text: minutes === 0 ? text : `${text} (for ${minutes} min now)` } as const;
}

/** The IPv4 address of this node. Retries until its network is up. */
export async function awaitAddress(ports: Ports, config: AgentConfig, signal: AbortSignal): Promise<string> {
  let logged: number | undefined;
  return retryForever(
    ports,
    signal,
    () => ownAddress(ports.host, config),
    (error, waited) => {
      // There is no report yet: it needs the address.
      const { minutes, text } = waiting("NoAddress", `waits for the network: ${reasonOf(error)}`, waited);
      if (minutes !== logged) ports.log.info({ topic: "network" }, text);
      logged = minutes;
    },
  );
}

/** Starts etcd on this node if it may run. Returns client URLs of the etcd cluster, at least one. */
export async function startEtcd(agent: Agent, signal: AbortSignal): Promise<readonly string[]> {
  const { report, config, self } = agent;
  const { endpoints, rejected } = await retryForever(
    agent,
    signal,
    () => ensureEtcd(agent),
    (error, waited) =>
      report.setMessage(
        "etcd",
        error instanceof PeersError
          ? waiting("PeersNotFound", `waits to find the other etcd nodes: ${error.message}`, waited)
          : waiting("EtcdNotStarted", `etcd cannot be started yet: ${reasonOf(error)}`, waited),
      ),
  );
  if (rejected === undefined) report.settle("etcd");
  else report.setMessage("etcd", { kind: "rejected", ...rejected });
  return endpoints.length > 0 ? endpoints : [etcdUrls(config.etcd).client(self.address)];
}

/** Resolves when etcd has answered once. Reads the configured endpoints again every 20 s until then. */
export async function awaitEtcd(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  const { etcd, keys, report } = agent;
  let findAgainAt = FIND_AGAIN_MS;
  await retryForever(
    agent,
    signal,
    () => etcd.kv.get(keys.swarm),
    (error, waited) => {
      report.setMessage("connection", waiting("EtcdUnreachable", `waits for etcd: ${reasonOf(error)}`, waited));
      if (waited < findAgainAt) return;
      findAgainAt = waited + FIND_AGAIN_MS;
      void widen(agent);
    },
  );
  report.settle("connection");
}

/** Adds the endpoints that the configuration leads to. */
async function widen({ host, config, self, etcd }: ConnectedAgent): Promise<void> {
  try {
    const { endpoints } = await findPeers(host, config.etcd, self);
    etcd.setEndpoints([...new Set([...etcd.endpoints(), ...endpoints])]);
  } catch {
    // The configuration leads to no node either. The wait for etcd is reported already.
  }
}

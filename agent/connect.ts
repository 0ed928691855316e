// From a host that knows nothing but its configuration to one whose etcd runs and answers: each wait is said once when
// it begins and once a minute, and backs off.
import type { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { Agent, ConnectedAgent, Machine } from "./context.ts";
import { findPeers } from "./etcd/peers.ts";
import { PeersError } from "./etcd/peers-error.ts";
import { ensureEtcd } from "./etcd/role.ts";
import { etcdUrls } from "./host/etcd-urls.ts";
import { ownAddress } from "./host/identity.ts";

const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5_000;
const REMIND_MS = 60_000;
/** Voters that none of the known endpoints leads to may all have been replaced: then the configuration is asked again. */
const ASK_ANEW_MS = 20_000;

/** Tries until it succeeds; `trouble` gets each failure with the time waited so far. */
async function retryForever<T>(
  { clock, random }: Pick<Machine, "clock" | "random">,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  problem: (error: unknown, waitedMs: number) => void,
): Promise<T> {
  const began = clock.monotonic();
  const waits = backoff({ firstMs: FIRST_PAUSE_MS, mostMs: MOST_PAUSE_MS, random });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      problem(error, clock.monotonic() - began);
      await clock.sleep(waits.next(), signal);
    }
  }
}

/** Says a trouble when it begins or becomes another one, and reminds of it once a minute. */
function reminder(setMessage: (text: string) => void): (text: string, waitedMs: number, problem?: string) => void {
  let said = { problem: "", minute: 0 };
  return (text, waitedMs, problem = text) => {
    const minute = Math.floor(waitedMs / REMIND_MS);
    if (problem === said.problem && minute === said.minute) return;
    said = { problem, minute };
    setMessage(minute === 0 ? text : `${text} (for ${minute} min now)`);
  };
}

/** This host's address, as soon as its network is up. */
export async function awaitAddress(machine: Machine, config: AgentConfig, signal: AbortSignal): Promise<string> {
  const remind = reminder(text => machine.log.info({ topic: "network" }, text));
  return retryForever(
    machine,
    signal,
    () => ownAddress(machine.host, config),
    (error, waited) => remind(`waits for the network: ${reasonOf(error)}`, waited),
  );
}

/** Makes etcd run on this host as far as it may; returns client URLs that lead to the cluster, at least one. */
export async function startEtcd(agent: Agent, signal: AbortSignal): Promise<readonly string[]> {
  const { report, config, self } = agent;
  const remind = reminder(text => report.setMessage("etcd", { kind: "waiting", text }));
  const { endpoints, rejected } = await retryForever(
    agent,
    signal,
    () => ensureEtcd(agent),
    (error, waited) =>
      remind(
        error instanceof PeersError
          ? `waits to find the other etcd hosts: ${error.message}`
          : `etcd cannot be started yet: ${reasonOf(error)}`,
        waited,
      ),
  );
  if (rejected === undefined) report.settle("etcd");
  else report.setMessage("etcd", { kind: "rejected", text: rejected });
  return endpoints.length > 0 ? endpoints : [etcdUrls(config.etcd).client(self.address)];
}

/** Resolves when etcd has answered. */
export async function awaitEtcd(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  const { etcd, keys, report } = agent;
  const remind = reminder(text => report.setMessage("connection", { kind: "waiting", text }));
  let askAnewAt = ASK_ANEW_MS;
  await retryForever(
    agent,
    signal,
    () => etcd.kv.get(keys.swarm),
    (error, waited) => {
      // Which server fails how changes from one attempt to the next, and is no news.
      remind(`waits for etcd: ${reasonOf(error)}`, waited, "etcd");
      if (waited < askAnewAt) return;
      askAnewAt = waited + ASK_ANEW_MS;
      void widen(agent);
    },
  );
  report.settle("connection");
}

/** Adds the endpoints of the configuration to those in use. */
async function widen({ host, config, self, etcd }: ConnectedAgent): Promise<void> {
  try {
    const { endpoints } = await findPeers(host, config.etcd, self);
    etcd.setEndpoints([...new Set([...etcd.endpoints(), ...endpoints])]);
  } catch {
    // Nobody to be found there either: the wait for etcd says all there is to say.
  }
}

// The life of the agent on one host, over ports alone: etcd first, from the disk where that knows, then six duties
// side by side: be registered, be in the swarm, keep off dead managers, follow the assignment, watch Vault, report.
import type { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import { followAssignment } from "./assignment/apply.ts";
import { ensureBlocked } from "./block-dead-managers.ts";
import { awaitAddress, awaitEtcd, startEtcd } from "./connect.ts";
import type { Agent, ConnectedAgent, Machine } from "./context.ts";
import { deregister } from "./deregister.ts";
import { identify } from "./host/identity.ts";
import { openStore } from "./host/state.ts";
import { openVersions } from "./host/versions.ts";
import { openRegistration } from "./register.ts";
import { publishStatus } from "./status/publish.ts";
import { selfReport } from "./status/self-report.ts";
import { openReport } from "./status/status.ts";
import { ensureInSwarm } from "./swarm/join.ts";
import { openPacing } from "./units/pace.ts";
import { watchVault } from "./vault/watch.ts";

/** Lives until the signal is aborted, and says goodbye where the machine goes down. StateError when its disk cannot be understood. */
export async function live(machine: Machine, config: AgentConfig, signal: AbortSignal): Promise<void> {
  try {
    const agent = await awake(machine, config, signal);
    let etcd: Etcd | undefined;
    selfReport(agent, () => etcd, signal).catch(error => {
      if (!signal.aborted) agent.log.error({ topic: "slack", err: error }, "Slack is told nothing by this host");
    });
    etcd = machine.connect(await startEtcd(agent, signal));
    try {
      await work({ ...agent, etcd }, signal);
    } finally {
      etcd.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function awake(machine: Machine, config: AgentConfig, signal: AbortSignal): Promise<Agent> {
  const { host, log, clock, random } = machine;
  const store = await openStore(host);
  const id = await identify(host);
  const address = await awaitAddress(machine, config, signal);
  const self = { id, name: host.hostname(), address, role: config.role };
  log.info({ node: id, name: self.name, address, role: config.role, version: machine.version }, "the agent starts");
  const report = openReport(self, clock, log);
  const { left, assignment, drift } = store.state();
  report.see({ left, assignment, drift });
  return {
    ...machine,
    config,
    keys: keyspace(config.prefix),
    self,
    store,
    report,
    versions: openVersions(clock, machine.version),
    pacing: openPacing(clock, random),
  };
}

async function work(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  // One duty that ends, by a fault that nobody foresaw, ends all: the agent is started again and looks anew.
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const registration = openRegistration(agent);
  const answered = awaitEtcd(agent, all);
  try {
    await Promise.all([
      // What this host last knew needs no etcd; everything else begins when etcd has answered.
      followAssignment(agent, all),
      answered.then(() => registration.keep(all)),
      answered.then(() => ensureInSwarm(agent, all)),
      answered.then(() => ensureBlocked(agent, all)),
      answered.then(() => watchVault(agent, all)),
      answered.then(() => publishStatus(agent, all)),
    ]);
  } catch (error) {
    stop.abort(error);
    if (!signal.aborted) throw error;
    await deregister(agent, registration);
  }
}

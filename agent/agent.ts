// The agent on one node, over ports alone. It starts etcd first, from the state on disk where there is one. Then six
// duties run in parallel: register, stay in the swarm, block dead managers, follow the assignment, watch Vault, report.
import type { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import { followAssignment } from "./assignment/apply.ts";
import { ensureBlocked } from "./block-dead-managers.ts";
import { awaitAddress, awaitEtcd, startEtcd } from "./connect.ts";
import type { Agent, ConnectedAgent, Ports } from "./context.ts";
import { deregister } from "./deregister.ts";
import { identify } from "./host/identity.ts";
import { openStore } from "./host/state.ts";
import { openVersions } from "./host/versions.ts";
import { openRegistration } from "./register.ts";
import { publishStatus } from "./status/publish.ts";
import { selfReport } from "./status/self-report.ts";
import { openReport } from "./status/status.ts";
import { ensureInSwarm } from "./swarm/join.ts";
import { openPollInterval } from "./units/poll-interval.ts";
import { openRestartBackoff } from "./units/restart-backoff.ts";
import { watchVault } from "./vault/watch.ts";

/**
 * Runs the agent until the signal is aborted, and deregisters the node if its machine shuts down. Rejects with
 * StateError when the state on disk cannot be read.
 */
export async function runNode(ports: Ports, config: AgentConfig, signal: AbortSignal): Promise<void> {
  try {
    const agent = await openAgent(ports, config, signal);
    let etcd: Etcd | undefined;
    selfReport(agent, () => etcd, signal).catch(error => {
      if (!signal.aborted) agent.log.error({ topic: "slack", err: error }, "this node can send nothing to Slack");
    });
    etcd = ports.connect(await startEtcd(agent, signal));
    try {
      await runDuties({ ...agent, etcd }, signal);
    } finally {
      etcd.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function openAgent(ports: Ports, config: AgentConfig, signal: AbortSignal): Promise<Agent> {
  const { host, log, clock, random } = ports;
  const store = await openStore(host);
  const id = await identify(host);
  const address = await awaitAddress(ports, config, signal);
  const self = { id, name: host.hostname(), address, role: config.role };
  log.info({ node: id, name: self.name, address, role: config.role, version: ports.version }, "the agent starts");
  const report = openReport(self, clock, log);
  const { left, assignment, drift } = store.state();
  report.update({ left, assignment, drift });
  return {
    ...ports,
    config,
    keys: keyspace(config.prefix),
    self,
    store,
    report,
    versions: openVersions(clock, ports.version),
    pollInterval: openPollInterval(clock),
    restartBackoff: openRestartBackoff(clock, random),
  };
}

async function runDuties(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  // An unexpected error in one duty ends all of them: systemd starts the agent again, and it observes everything again.
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const registration = openRegistration(agent);
  const answered = awaitEtcd(agent, all);
  try {
    await Promise.all([
      // The last known assignment needs no etcd. The other duties begin when etcd has answered.
      followAssignment(agent, all),
      answered.then(() => registration.maintain(all)),
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

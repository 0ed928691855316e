// The composition root of the agent: it connects the real drivers and ends the agent on a signal.
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type AgentConfig, parseAgentConfig } from "../crd-like-specs/agent-config.ts";
import { VERSION } from "../crd-like-specs/version.ts";
import { localChecks } from "../drivers/check/real.ts";
import { systemClock } from "../drivers/clock/real.ts";
import { connectDocker } from "../drivers/docker/real.ts";
import { connectEtcd } from "../drivers/etcd/real.ts";
import { iptables } from "../drivers/firewall/real.ts";
import { localHost } from "../drivers/host/real.ts";
import { slackOver } from "../drivers/slack/real.ts";
import { systemdOver } from "../drivers/systemd/real.ts";
import type { Vault } from "../drivers/vault/port.ts";
import { runNode } from "./agent.ts";
import { StateError } from "./host/state.ts";

/** An engine whose managers do not answer takes 20 s to report its own state, and the agent needs that report. */
const DOCKER_MS = 25_000;

/**
 * Runs the agent with its configuration file. Returns the exit code: 0 after a signal to stop, 2 when its configuration
 * or its state cannot be used. Throws on any other error. The caller ends the process: a lease that expires later, or a
 * dead connection, would keep it alive.
 */
export async function runAgent(options: { readonly config: string; readonly log: Logger }): Promise<number> {
  const { log } = options;
  const host = localHost();
  const text = await host.read(options.config);
  if (text === undefined) {
    log.fatal(`${options.config} does not exist; \`swarmkeeper generate\` makes the user-data that writes it`);
    return 2;
  }
  const config = parseAgentConfig(options.config, text);
  if (!config.ok) {
    log.fatal(`${config.error.message}; ${config.error.expected}`);
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort(new Error(signal)));
  const docker = connectDocker({ socket: config.value.docker.socket, timeoutMs: DOCKER_MS });
  const connect = (endpoints: readonly string[]) =>
    connectEtcd({ endpoints, clock: systemClock, log: message => log.debug(message), ...tlsOf(config.value) });
  try {
    const ports = {
      host,
      systemd: systemdOver(),
      docker,
      firewall: iptables(),
      checks: localChecks,
      slack: slackOver({ urlFile: config.value.slack?.urlFile, channel: config.value.slack?.channel }),
      clock: systemClock,
      vaultHealth: vaultHealth(),
      random: Math.random,
      log,
      connect,
      version: VERSION,
    };
    await runNode(ports, config.value, stop.signal);
    return 0;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    log.fatal(error.message);
    return 2;
  } finally {
    docker.close();
  }
}

/** Keeps one client while the address of Vault stays the same: the agent asks it every few seconds. */
function vaultHealth() {
  let current: { readonly url: string; readonly vault: Vault } | undefined;
  return async (url: string) => {
    // Loaded on first use: most nodes never run Vault.
    const { connectVault } = await import("../drivers/vault/real.ts");
    if (current?.url !== url) current = { url, vault: connectVault()(url) };
    return current.vault.health();
  };
}

/** Read for each client, so that the next connection uses a renewed certificate. */
function tlsOf(config: AgentConfig) {
  const files = config.etcd.clientTls;
  if (!files) return {};
  return { tls: { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key) } };
}

// What the agent's modules get: the ports to the outside world, the node's identity, and the stores of its state.
import type { Logger } from "pino";
import type { AgentConfig } from "../crd-like-specs/agent-config.ts";
import type { Keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Checks } from "../drivers/check/port.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Docker } from "../drivers/docker/port.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import type { Firewall } from "../drivers/firewall/port.ts";
import type { Host } from "../drivers/host/port.ts";
import type { Slack } from "../drivers/slack/port.ts";
import type { Systemd } from "../drivers/systemd/port.ts";
import type { VaultHealth } from "../drivers/vault/port.ts";
import type { Self } from "./host/identity.ts";
import type { Store } from "./host/state.ts";
import type { Versions } from "./host/versions.ts";
import type { Report } from "./status/status.ts";
import type { PollInterval } from "./units/poll-interval.ts";
import type { RestartBackoff } from "./units/restart-backoff.ts";

/** The outside world, as the process got it at its start. */
export interface Ports {
  readonly host: Host;
  readonly systemd: Systemd;
  readonly docker: Docker;
  readonly firewall: Firewall;
  readonly checks: Checks;
  readonly slack: Slack;
  readonly clock: Clock;
  /** In [0, 1); spreads the waits between retries. */
  readonly random: () => number;
  readonly log: Logger;
  /** A client of the etcd at these client URLs; it connects lazily. */
  readonly connect: (endpoints: readonly string[]) => Etcd;
  /** The health of the Vault server at `http://host:port`. Rejects with VaultError when the server does not answer. */
  readonly vaultHealth: (url: string) => Promise<VaultHealth>;
  /** swarmkeeper's own. */
  readonly version: string;
}

export interface Agent extends Ports {
  readonly config: AgentConfig;
  readonly keys: Keyspace;
  readonly self: Self;
  readonly store: Store;
  readonly report: Report;
  readonly versions: Versions;
  readonly pollInterval: PollInterval;
  readonly restartBackoff: RestartBackoff;
}

/** An agent that knows where etcd is. etcd need not answer. */
export interface ConnectedAgent extends Agent {
  readonly etcd: Etcd;
}

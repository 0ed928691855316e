// What the agent's modules are handed: the machine as ports, who this host is, and the places where its state is kept.
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
import type { Pacing } from "./units/pace.ts";

/** The outside world. */
export interface Machine {
  readonly host: Host;
  readonly systemd: Systemd;
  readonly docker: Docker;
  readonly firewall: Firewall;
  readonly checks: Checks;
  readonly slack: Slack;
  readonly clock: Clock;
  /** In [0, 1), spreads the waits of what is tried again. */
  readonly random: () => number;
  readonly log: Logger;
  /** A client of the etcd at these client URLs; it connects lazily. */
  readonly connect: (endpoints: readonly string[]) => Etcd;
  /** How the Vault server at `http://host:port` is. VaultError where it does not say. */
  readonly vaultHealth: (url: string) => Promise<VaultHealth>;
  /** swarmkeeper's own. */
  readonly version: string;
}

export interface Agent extends Machine {
  readonly config: AgentConfig;
  readonly keys: Keyspace;
  readonly self: Self;
  readonly store: Store;
  readonly report: Report;
  readonly versions: Versions;
  readonly pacing: Pacing;
}

/** An agent that knows where etcd is; etcd need not answer. */
export interface ConnectedAgent extends Agent {
  readonly etcd: Etcd;
}

// Everything a controller works with, composed once in main.ts. Each module names the parts that it needs.
import type { Logger } from "pino";
import type { NodeId } from "../crd-like-specs/resources/ids.ts";
import type { Keyspace } from "../crd-like-specs/resources/keys.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Docker } from "../drivers/docker/port.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import type { Slack } from "../drivers/slack/port.ts";

export interface Context {
  /** The node on which this controller runs, and its name. */
  readonly self: NodeId;
  readonly name: string;
  readonly version: string;
  readonly keys: Keyspace;
  readonly etcd: Etcd;
  readonly docker: Docker;
  readonly slack: Slack;
  readonly clock: Clock;
  /** In [0, 1), spreads the waits between retries. */
  readonly random: () => number;
  readonly log: Logger;
}

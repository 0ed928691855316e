// What executors hold: the drivers, and a pen that writes only while this controller leads.
import type { Logger } from "pino";
import type { Keyspace } from "../../crd-like-specs/keys.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Docker } from "../../drivers/docker/port.ts";
import type { Membership, Write } from "../../drivers/etcd/port.ts";
import type { Recorder } from "../../drivers/etcd/recorder.ts";

/** Writes fenced by the leader key; throws when this controller no longer leads. With no writes it only proves that it does. */
export type Pen = (writes: readonly Write[]) => Promise<void>;

export interface EffectDeps {
  readonly pen: Pen;
  /** Tells the story, with the pen. */
  readonly events: Recorder;
  readonly keys: Keyspace;
  readonly membership: Membership;
  readonly docker: Docker;
  readonly clock: Clock;
  readonly log: Logger;
}

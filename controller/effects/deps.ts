// What executors hold: the drivers, and a pen that writes only while this controller leads.

import type { Recorder } from "../../coordination/event-recorder.ts";
import type { Membership, Write } from "../../drivers/etcd/port.ts";
import type { Context } from "../context.ts";

/** Writes fenced by the leader key; throws when this controller no longer leads. With no writes it only proves that it does. */
export type FencedWrite = (writes: readonly Write[]) => Promise<void>;

export interface EffectDeps extends Pick<Context, "keys" | "docker" | "clock" | "log"> {
  readonly fencedWrite: FencedWrite;
  /** Tells the story, with the pen. */
  readonly events: Recorder;
  readonly membership: Membership;
}

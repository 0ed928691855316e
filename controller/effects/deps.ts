// What executors work with: the drivers, and a write that succeeds only while this controller leads.
import type { Recorder } from "../../coordination/event-recorder.ts";
import type { Membership, Write } from "../../drivers/etcd/port.ts";
import type { Context } from "../context.ts";

/**
 * Writes under the fence of the leader key. Rejects with Deposed if this controller no longer leads. Without writes it
 * only checks that.
 */
export type FencedWrite = (writes: readonly Write[]) => Promise<void>;

export interface EffectDeps extends Pick<Context, "keys" | "docker" | "clock" | "log"> {
  readonly fencedWrite: FencedWrite;
  /** Turns events into writes for `fencedWrite`. */
  readonly events: Recorder;
  readonly membership: Membership;
}

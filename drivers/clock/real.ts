// The machine's own time. `monotonic` stands still for no one: it also counts while the process is stopped,
// which is how a paused leader notices on waking that its lease is gone.
import { setTimeout as timeout } from "node:timers/promises";
import type { Clock } from "./port.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await timeout(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted(); // node wraps the reason in an AbortError of its own; ours is the reason itself
      throw error;
    }
  },
};

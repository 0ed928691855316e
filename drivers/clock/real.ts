// The system's clock. `monotonic` also counts while the process is stopped: a paused leader notices on waking that its
// lease has expired.
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
      signal?.throwIfAborted(); // Node wraps the reason in an AbortError. The port rejects with the reason itself.
      throw error;
    }
  },
};

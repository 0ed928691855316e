// Conformance suite of the clock port, for the system clock and for the fake one.
import { describe, expect, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least `ms` milliseconds pass on the clock. */
  advance(ms: number): Promise<void>;
}

/** Registers the suite for one clock. */
export function clockSuite(name: string, make: () => ClockUnderTest): void {
  describe(`clock: ${name}`, () => {
    it("wakes sleepers in the order of their end, not of their start", async () => {
      const { clock, advance } = make();
      const woken: string[] = [];
      const sleeps = [
        clock.sleep(40).then(() => woken.push("late")),
        clock.sleep(5).then(() => woken.push("soon")),
        clock.sleep(20).then(() => woken.push("middle")),
      ];
      await advance(60);
      await Promise.all(sleeps);
      expect(woken).toEqual(["soon", "middle", "late"]);
    });

    it("advances monotonic time by at least the time of a sleep", async () => {
      const { clock, advance } = make();
      const before = clock.monotonic();
      const slept = clock.sleep(15);
      await advance(20);
      await slept;
      expect(clock.monotonic() - before).toBeGreaterThanOrEqual(14); // timers of the platform may be 1 ms early
    });

    it("rejects a sleep with the signal's reason when it is aborted", async () => {
      const { clock } = make();
      const controller = new AbortController();
      const reason = new Error("enough");
      const sleep = clock.sleep(3_600_000, controller.signal);
      controller.abort(reason);
      await expect(sleep).rejects.toBe(reason);
      await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
    });

    it("removes its listener from the signal after a sleep", async () => {
      const { clock, advance } = make();
      const { signal } = new AbortController();
      let listeners = 0;
      const counting: AbortSignal = Object.assign(signal, {
        addEventListener: (...args: Parameters<AbortSignal["addEventListener"]>) => {
          listeners++;
          EventTarget.prototype.addEventListener.apply(signal, args);
        },
        removeEventListener: (...args: Parameters<AbortSignal["removeEventListener"]>) => {
          listeners--;
          EventTarget.prototype.removeEventListener.apply(signal, args);
        },
      });
      const sleep = clock.sleep(1, counting);
      await advance(5);
      await sleep;
      expect(listeners).toBe(0);
    });

    it("returns wall time in milliseconds since 1970", () => {
      expect(make().clock.now()).toBeGreaterThan(Date.UTC(2020, 0, 1));
    });
  });
}

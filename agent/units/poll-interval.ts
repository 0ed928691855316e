// How often the agent observes its units: every second after a change, then every 5 s, then at the usual slow rate.

import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import type { Clock } from "../../drivers/clock/port.ts";

/** The leader waits for the report after a change. A fault may also show up a while later. */
const INTERVALS = [
  { untilMs: 30_000, everyMs: 1_000 },
  { untilMs: 600_000, everyMs: 5_000 },
];

export interface PollInterval {
  /** Units have just been changed or started: the interval is short again. */
  shorten(): void;
  /** Milliseconds until the next observation; infinity where the usual slow rate is enough. */
  ms(): number;
  /** Woken by each `shorten()`, for the loop that observes what a unit runs. */
  readonly shortened: Wakeup;
}

export function openPollInterval(clock: Clock): PollInterval {
  const shortened = createWakeup(clock);
  let shortenedAt = Number.NEGATIVE_INFINITY;
  return {
    shorten() {
      shortenedAt = clock.monotonic();
      shortened.wake();
    },
    ms: () => intervalAfter(clock.monotonic() - shortenedAt),
    shortened,
  };
}

const intervalAfter = (ms: number): number =>
  INTERVALS.find(({ untilMs }) => ms < untilMs)?.everyMs ?? Number.POSITIVE_INFINITY;

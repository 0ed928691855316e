// Says to Slack what it is given, beside everything else: nobody waits for it, and nothing fails by it. What is wrong
// with Slack itself is told once when it begins and once when it is over, in the log alone.

import { createWakeup, type Wakeup } from "../coordination/wakeup.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Slack, SlackOutcome } from "../drivers/slack/port.ts";
import type { Line } from "./message.ts";
import { openOutbox } from "./outbox.ts";

export interface Notifier {
  /** Takes it in and returns at once. Whatever is too much is left out, the least severe first. */
  notify(line: Line): void;
  /** Says what it was told, until the signal is aborted. To be called once; rejects by a fault of ours alone. */
  run(signal: AbortSignal): Promise<void>;
  /** All lines up to this revision have been said or given up; undefined where none had one. */
  deliveredUpTo(): number | undefined;
}

export interface NotifierOptions {
  readonly slack: Slack;
  readonly clock: Clock;
  /** From 0 to 1, spreads the waits while Slack does not answer. */
  readonly random: () => number;
  /** For the log. */
  readonly log: (level: "info" | "warn", text: string) => void;
  /** After each message that was said or given up. */
  readonly onDelivered?: () => void;
}

const FIRST_RETRY_MS = 2_000;
const MOST_RETRY_MS = 300_000;
/** A webhook that was refused is as good as none, until somebody has seen to it. */
const REJECTED_MS = 600_000;
/** Nothing waits: it is rung when something does. */
const IDLE_MS = 3600_000;

export function openNotifier({ slack, clock, random, log, onDelivered = () => {} }: NotifierOptions): Notifier {
  const outbox = openOutbox();
  const wakeup: Wakeup = createWakeup(clock);
  let problem = "";
  const waits = backoff({ firstMs: FIRST_RETRY_MS, mostMs: MOST_RETRY_MS, random });

  function reportProblem(why: string, consequence: string): void {
    if (why !== problem) log("warn", `nothing can be said to Slack: ${why}; ${consequence}`);
    problem = why;
  }

  function fine(): void {
    if (problem !== "") log("info", "Slack takes messages again");
    problem = "";
    waits.reset();
  }

  function over(): void {
    outbox.over(clock.monotonic());
    onDelivered();
  }

  function hold(ms: number): void {
    outbox.hold(clock.monotonic(), ms);
  }

  function take(outcome: SlackOutcome): void {
    switch (outcome.kind) {
      case "sent":
        fine();
        over();
        break;
      case "off":
        if (outcome.why !== undefined) reportProblem(outcome.why, "until then it is as if there were none");
        outbox.clear();
        onDelivered();
        break;
      case "later":
        reportProblem(outcome.why, `it waits ${Math.ceil(outcome.retryAfterMs / 1000)} s`);
        hold(outcome.retryAfterMs);
        break;
      case "unreachable":
        reportProblem(outcome.why, "it is tried again");
        hold(waits.next());
        break;
      case "rejected":
        if (outcome.what === "webhook") {
          reportProblem(outcome.why, "is the webhook still there? it is tried every 10 minutes");
          hold(REJECTED_MS);
        } else {
          log("warn", `Slack did not take a message, which is left out: ${outcome.why}`);
          over();
        }
    }
  }

  async function once(signal: AbortSignal): Promise<void> {
    const next = outbox.next(clock.monotonic(), clock.now());
    if (next === undefined) await wakeup.wait(IDLE_MS, signal);
    else if ("waitMs" in next) await wakeup.wait(next.waitMs, signal);
    else take(await slack.post({ text: next.log }));
  }

  return {
    notify(line) {
      outbox.add(line, clock.monotonic());
      wakeup.wake();
    },
    async run(signal) {
      try {
        while (!signal.aborted) await once(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    deliveredUpTo: outbox.deliveredUpTo,
  };
}

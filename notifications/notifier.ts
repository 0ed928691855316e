// Sends lines to Slack in the background: nothing waits for it and nothing fails because of it. A problem with Slack
// is logged once when it begins and once when it ends.

import { createWakeup, type Wakeup } from "../coordination/wakeup.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { Slack, SlackOutcome, SlackProblem } from "../drivers/slack/port.ts";
import type { Line } from "./message.ts";
import { openOutbox } from "./outbox.ts";

export interface Notifier {
  /** Queues the line and returns at once. If the queue is full, the least severe line is dropped. */
  notify(line: Line): void;
  /** Sends queued lines until the signal is aborted. To be called once. Rejects only on a programming error. */
  run(signal: AbortSignal): Promise<void>;
  /** All lines up to this revision have been sent or dropped; undefined if no line had a revision. */
  deliveredUpTo(): number | undefined;
}

export interface NotifierOptions {
  readonly slack: Slack;
  readonly clock: Clock;
  /** In [0, 1), spreads the waits while Slack does not answer. */
  readonly random: () => number;
  /** For the log. */
  readonly log: (level: "info" | "warn", text: string) => void;
  /** Called after each message that was sent or dropped. */
  readonly onDelivered?: () => void;
}

const FIRST_RETRY_MS = 2_000;
const MOST_RETRY_MS = 300_000;
/** The time between two tries of a webhook that Slack has rejected: only an operator can fix it. */
const REJECTED_MS = 600_000;
/** The wait while the queue is empty; a new line ends it. */
const IDLE_MS = 3600_000;

/** A notifier with an empty queue. It sends only while `run` runs. */
export function openNotifier({ slack, clock, random, log, onDelivered = () => {} }: NotifierOptions): Notifier {
  const outbox = openOutbox();
  const wakeup: Wakeup = createWakeup(clock);
  /** The reason of the problem that was logged last; undefined while messages are sent. */
  let loggedReason: string | undefined;
  const waits = backoff({ firstMs: FIRST_RETRY_MS, mostMs: MOST_RETRY_MS, random });

  function logProblem({ reason, why }: SlackProblem, consequence: string): void {
    if (reason !== loggedReason) log("warn", `nothing can be sent to Slack: ${why}; ${consequence}`);
    loggedReason = reason;
  }

  function slackWorks(): void {
    if (loggedReason !== undefined) log("info", "Slack accepts messages again");
    loggedReason = undefined;
    waits.reset();
  }

  function messageDone(): void {
    outbox.done(clock.monotonic());
    onDelivered();
  }

  function pause(ms: number): void {
    outbox.pause(clock.monotonic(), ms);
  }

  function handle(outcome: SlackOutcome): void {
    switch (outcome.kind) {
      case "sent":
        slackWorks();
        messageDone();
        break;
      case "off":
        if (outcome.reason !== undefined) logProblem(outcome, "until it is fixed, messages are dropped");
        outbox.clear();
        onDelivered();
        break;
      case "later":
        logProblem(outcome, `the next try is in ${Math.ceil(outcome.afterMs / 1000)} s`);
        pause(outcome.afterMs);
        break;
      case "unreachable":
        logProblem(outcome, "the message will be sent again");
        pause(waits.next());
        break;
      case "rejected":
        if (outcome.what === "webhook") {
          logProblem(outcome, "does the webhook still exist? the next try is in 10 minutes");
          pause(REJECTED_MS);
        } else {
          log("warn", `Slack rejected a message, which is dropped: ${outcome.why}`);
          messageDone();
        }
    }
  }

  async function once(signal: AbortSignal): Promise<void> {
    const next = outbox.next(clock.monotonic(), clock.now());
    if (next === undefined) await wakeup.wait(IDLE_MS, signal);
    else if ("waitMs" in next) await wakeup.wait(next.waitMs, signal);
    else handle(await slack.post({ text: next.send }));
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

// The fake of Slack: accepts every message, unless a test sets another answer.

import { rejection } from "../../../drivers/slack/outcome.ts";
import type { Slack, SlackMessage, SlackOff, SlackOutcome } from "../../../drivers/slack/port.ts";

export class FakeSlack implements Slack {
  /** The texts of the messages sent, oldest first. */
  readonly accepted: string[] = [];
  /** The answer to a message. */
  answers: (message: SlackMessage) => SlackOutcome | Promise<SlackOutcome> = () => ({ kind: "sent" });
  /** There is no URL; with a reason, because the one that there is cannot be used. */
  disabled: SlackOff | undefined;

  constructor(disabled?: SlackOff) {
    this.disabled = disabled;
  }

  async off(): Promise<SlackOff | undefined> {
    return this.disabled;
  }

  async post(message: SlackMessage): Promise<SlackOutcome> {
    if (this.disabled) return { kind: "off", ...this.disabled };
    const outcome = await this.answers(message);
    if (outcome.kind === "sent") this.accepted.push(message.text);
    return outcome;
  }

  rateLimit(ms: number): void {
    this.answers = () => ({
      kind: "later",
      afterMs: ms,
      reason: "TooManyMessages",
      why: "Slack answers 429: too many messages",
    });
  }

  /** Answers with this status and error code, as Slack does. */
  rejectWith(status: number, word: string): void {
    this.answers = () => rejection(status, word);
  }

  becomeUnreachable(reason: string, why = reason): void {
    this.answers = () => ({ kind: "unreachable", reason, why });
  }
}

// The fake of Slack: accepts every message, unless a test sets another answer.

import { rejection } from "../../../drivers/slack/outcome.ts";
import type { Slack, SlackMessage, SlackOutcome } from "../../../drivers/slack/port.ts";

export class FakeSlack implements Slack {
  /** The texts of the messages sent, oldest first. */
  readonly accepted: string[] = [];
  /** The answer to a message. */
  answers: (message: SlackMessage) => SlackOutcome | Promise<SlackOutcome> = () => ({ kind: "sent" });
  /** Set if there is no URL, or with a reason if the URL cannot be used. */
  disabled: { readonly why: string | undefined } | undefined;

  constructor(silenced?: { readonly why: string | undefined }) {
    this.disabled = silenced;
  }

  async off(): Promise<{ readonly why: string | undefined } | undefined> {
    return this.disabled;
  }

  async post(message: SlackMessage): Promise<SlackOutcome> {
    if (this.disabled) return { kind: "off", ...this.disabled };
    const outcome = await this.answers(message);
    if (outcome.kind === "sent") this.accepted.push(message.text);
    return outcome;
  }

  rateLimit(ms: number): void {
    this.answers = () => ({ kind: "later", retryAfterMs: ms, why: "Slack answers 429: too many messages" });
  }

  /** Answers with this status and error code, as Slack does. */
  rejectWith(status: number, word: string): void {
    this.answers = () => rejection(status, word);
  }

  becomeUnreachable(why: string): void {
    this.answers = () => ({ kind: "unreachable", why });
  }
}

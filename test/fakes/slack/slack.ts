// The twin of Slack: hears everything, unless it was told to answer otherwise.

import { rejection } from "../../../drivers/slack/outcome.ts";
import type { Slack, SlackMessage, SlackOutcome } from "../../../drivers/slack/port.ts";

export class FakeSlack implements Slack {
  /** What was said, oldest first. */
  readonly accepted: string[] = [];
  /** How it answers. */
  answers: (message: SlackMessage) => SlackOutcome | Promise<SlackOutcome> = () => ({ kind: "sent" });
  /** There is no URL; with a reason, because the one that there is cannot be used. */
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
    this.answers = () => ({ kind: "later", afterMs: ms, why: "Slack answers 429: too many messages" });
  }

  /** Answers with this status and word, as Slack does. */
  rejectWith(status: number, word: string): void {
    this.answers = () => rejection(status, word);
  }

  becomeUnreachable(why: string): void {
    this.answers = () => ({ kind: "unreachable", why });
  }
}

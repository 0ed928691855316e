// The twin of Slack: hears everything, unless it was told to answer otherwise.

import { rejection } from "../../../drivers/slack/outcome.ts";
import type { Slack, SlackMessage, SlackOff, SlackOutcome } from "../../../drivers/slack/port.ts";

export class MemorySlack implements Slack {
  /** What was said, oldest first. */
  readonly accepted: string[] = [];
  /** How it answers. */
  answers: (message: SlackMessage) => SlackOutcome | Promise<SlackOutcome> = () => ({ kind: "sent" });
  /** There is no URL; with a reason, because the one that there is cannot be used. */
  silenced: SlackOff | undefined;

  constructor(silenced?: SlackOff) {
    this.silenced = silenced;
  }

  async off(): Promise<SlackOff | undefined> {
    return this.silenced;
  }

  async post(message: SlackMessage): Promise<SlackOutcome> {
    if (this.silenced) return { kind: "off", ...this.silenced };
    const outcome = await this.answers(message);
    if (outcome.kind === "sent") this.accepted.push(message.text);
    return outcome;
  }

  hasEnoughFor(ms: number): void {
    this.answers = () => ({
      kind: "later",
      afterMs: ms,
      reason: "TooManyMessages",
      why: "Slack answers 429: too many messages",
    });
  }

  /** Answers with this status and word, as Slack does. */
  rejects(status: number, word: string): void {
    this.answers = () => rejection(status, word);
  }

  isAway(reason: string, why = reason): void {
    this.answers = () => ({ kind: "unreachable", reason, why });
  }
}

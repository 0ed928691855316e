// The meaning of Slack's answers other than "ok" and 429.
import type { SlackOutcome } from "./port.ts";

/**
 * Errors that concern one message only:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
const BAD_MESSAGE = ["invalid_payload", "no_text", "too_many_attachments", "msg_too_long", "invalid_blocks"];

/** `word` is Slack's error code. Undefined if the answer has none that is safe to repeat. */
export function rejection(status: number, word: string | undefined): SlackOutcome {
  const why = `Slack answers ${status}${word === undefined ? "" : `: ${word}`}`;
  const reason = word ?? `Http${status}`;
  if (status < 400 || status >= 500) return { kind: "unreachable", reason, why };
  const bad = status === 413 || (word !== undefined && BAD_MESSAGE.includes(word));
  return { kind: "rejected", what: bad ? "message" : "webhook", reason, why };
}

// What swarmkeeper needs of Slack: to send one message through an incoming webhook. The webhook's URL is a secret of
// the driver: no outcome contains any part of it.

export interface SlackMessage {
  /** In Slack's mrkdwn, already escaped. */
  readonly text: string;
}

/** The result of sending a message. `why` is human-readable and stays the same while the reason does. */
export type SlackOutcome =
  | { readonly kind: "sent" }
  /** Not sent, because there is no usable URL. `why` is undefined if none is configured. */
  | { readonly kind: "off"; readonly why: string | undefined }
  /** Too many messages: Slack accepts none for this time. */
  | { readonly kind: "later"; readonly retryAfterMs: number; readonly why: string }
  /** Slack will never accept it. `webhook`: nor any other message until an operator acts; `message`: only this one. */
  | { readonly kind: "rejected"; readonly what: "webhook" | "message"; readonly why: string }
  /** No answer, or none about the message. Worth another attempt. Slack may still have received the message. */
  | { readonly kind: "unreachable"; readonly why: string };

export interface Slack {
  /** Never rejects. Resolves within a few seconds. Reads the URL again for each message. */
  post(message: SlackMessage): Promise<SlackOutcome>;
  /** Like the outcome `off`, but sends nothing. Undefined if messages would be sent. Never rejects. */
  off(): Promise<{ readonly why: string | undefined } | undefined>;
}

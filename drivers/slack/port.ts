// What swarmkeeper needs of Slack: to send one message through an incoming webhook. The webhook's URL is a secret of
// the driver: no outcome contains any part of it.

export interface SlackMessage {
  /** In Slack's mrkdwn, already escaped. */
  readonly text: string;
}

/**
 * Why a message was not sent. `reason`: one word for programs, which stays the same while the problem does: ours
 * (`UrlInvalid`), Slack's (`no_service`) or the system's (`ECONNREFUSED`). `why`: the same for a reader.
 */
export interface SlackProblem {
  readonly reason: string;
  readonly why: string;
}

/** Why messages are off: no URL is configured, or the configured one cannot be used. */
export type SlackOff = SlackProblem | { readonly reason?: undefined; readonly why?: undefined };

/** The result of sending one message. */
export type SlackOutcome =
  | { readonly kind: "sent" }
  | ({ readonly kind: "off" } & SlackOff)
  /** Too many messages: Slack accepts none for `afterMs`. */
  | ({ readonly kind: "later"; readonly afterMs: number } & SlackProblem)
  /** Final. `webhook`: the webhook accepts no message until an operator fixes it. `message`: only this one is affected. */
  | ({ readonly kind: "rejected"; readonly what: "webhook" | "message" } & SlackProblem)
  /** No answer, or none about the message. It is worth another try, although Slack may have accepted it. */
  | ({ readonly kind: "unreachable" } & SlackProblem);

export interface Slack {
  /** Never rejects. Resolves within a few seconds. Reads the URL again for each message. */
  post(message: SlackMessage): Promise<SlackOutcome>;
  /** Like the outcome `off`, but sends nothing. Undefined if messages would be sent. Never rejects. */
  off(): Promise<SlackOff | undefined>;
}

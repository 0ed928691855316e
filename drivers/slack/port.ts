// What swarmkeeper needs of Slack: one message said through an incoming webhook. The webhook's URL is a secret, and
// stays in here: no outcome holds any part of it.

export interface SlackMessage {
  /** In Slack's mrkdwn, escaped already. */
  readonly text: string;
}

/** What became of a message. `why` stays the same while the reason does. */
export type SlackOutcome =
  | { readonly kind: "sent" }
  /** Nobody is to be told anything: there is no URL. With `why`, because the one that there is cannot be used. */
  | { readonly kind: "off"; readonly why: string | undefined }
  /** Too many messages: Slack wants none for so long. */
  | { readonly kind: "later"; readonly afterMs: number; readonly why: string }
  /** Never to be taken. `webhook`: nothing else is, either, until a person has seen to it; `message`: only this one. */
  | { readonly kind: "rejected"; readonly what: "webhook" | "message"; readonly why: string }
  /** No answer, or none that says anything of the message: worth another try. It may have been said all the same. */
  | { readonly kind: "unreachable"; readonly why: string };

export interface Slack {
  /** Never rejects, and answers within a few seconds. Looks anew each time where to send it. */
  post(message: SlackMessage): Promise<SlackOutcome>;
  /** As `off` of an outcome, without a word to anybody; undefined where messages would be sent. Never rejects. */
  off(): Promise<{ readonly why: string | undefined } | undefined>;
}

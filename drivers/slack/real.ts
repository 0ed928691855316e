// Slack over @slack/webhook. The URL is read from its file for each message, so that a new one counts at once, and from a
// file only that nobody else on the host can read.
import { open } from "node:fs/promises";
import type { IncomingWebhookSendError } from "@slack/webhook";
import { postOverHttp } from "./http.ts";
import { rejection } from "./outcome.ts";
import type { Slack, SlackMessage, SlackOff, SlackOutcome, SlackProblem } from "./port.ts";

export interface SlackOptions {
  /** Path of the file with the URL; undefined where nobody is to be told anything. */
  readonly urlFile: string | undefined;
  /** Instead of the webhook's own, where the webhook allows that: "#ops". */
  readonly channel?: string | undefined;
  /** For one message. Default 10 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Slack names one with every 429. */
const LATER_MS = 30_000;
const MOST_LATER_MS = 3600_000;

export function slackOver({ urlFile, channel, timeoutMs = TIMEOUT_MS }: SlackOptions): Slack {
  return {
    async off() {
      const found = await findUrl(urlFile);
      return "url" in found ? undefined : found;
    },
    async post(message) {
      const found = await findUrl(urlFile);
      return "url" in found ? send(found.url, message, channel, timeoutMs) : { kind: "off", ...found };
    },
  };
}

/** The URL, or why there is none; `why` is undefined where none was meant to be. */
async function findUrl(path: string | undefined): Promise<{ url: string } | SlackOff> {
  if (path === undefined) return {};
  try {
    // Looked at and read through one handle: what is at the path may change in between.
    const file = await open(path);
    try {
      const { mode } = await file.stat();
      if ((mode & 0o077) !== 0)
        return {
          reason: "UrlFileExposed",
          why: `${path} may be read by others than its owner; chmod 0600 ${path}`,
        };
      const url = (await file.readFile("utf8")).trim();
      return /^https?:\/\/\S+$/.test(url) && URL.canParse(url)
        ? { url }
        : {
            reason: "UrlInvalid",
            why: `${path} does not hold an http or https URL; put that of the webhook there, and nothing else`,
          };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error) ?? "unknown error";
    return code === "ENOENT" ? {} : { reason: code, why: `${path} cannot be read: ${code}` };
  }
}

async function send(
  url: string,
  { text }: SlackMessage,
  channel: string | undefined,
  timeout: number,
): Promise<SlackOutcome> {
  const { IncomingWebhook } = await import("./webhook.ts");
  // Kept aside: the library's error does not have it.
  let retryAfter: string | null = null;
  const fetch: typeof postOverHttp = async (...request) => {
    const answer = await postOverHttp(...request);
    retryAfter = answer.headers.get("retry-after");
    return answer;
  };
  const webhook = new IncomingWebhook(url, { fetch, timeout, ...(channel !== undefined && { channel }) });
  try {
    await webhook.send({ text });
    return { kind: "sent" };
  } catch (error) {
    const failed = error as IncomingWebhookSendError;
    if (!("statusCode" in failed)) return { kind: "unreachable", ...transportProblem(failed.original, timeout) };
    return answered(url, failed.statusCode, failed.body, retryAfter);
  }
}

function answered(url: string, status: number, body: string, retryAfter: string | null): SlackOutcome {
  if (status === 429)
    return {
      kind: "later",
      afterMs: waitFor(retryAfter),
      reason: "TooManyMessages",
      why: "Slack answers 429: too many messages",
    };
  // Slack answers in one word. Whoever else answers may repeat what it was asked, URL and all.
  const word = body.trim();
  const plain = /^[a-z][a-z_]{2,40}$/.test(word) && !url.toLowerCase().includes(word);
  return rejection(status, plain ? word : undefined);
}

/** Seconds, as Slack has it. */
function waitFor(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? "");
  return retryAfter === null || !Number.isFinite(seconds) || seconds < 0
    ? LATER_MS
    : Math.min(MOST_LATER_MS, seconds * 1000);
}

/** By its code: a message could quote what was asked for. */
function transportProblem(error: unknown, timeout: number): SlackProblem {
  if (error instanceof DOMException && error.name === "TimeoutError")
    return { reason: "Timeout", why: `no answer in ${timeout / 1000} s` };
  // Where a name has several addresses, the first of them speaks for all.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = codeOf(first);
  return code === undefined
    ? { reason: "ConnectionFailed", why: "the connection failed" }
    : { reason: code, why: code };
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;

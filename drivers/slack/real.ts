// Slack over @slack/webhook. Reads the URL from its file for each message, so that a new one is used immediately.
// Rejects a file that other users of the host can read.
import { open } from "node:fs/promises";
import type { IncomingWebhookSendError } from "@slack/webhook";
import { postOverHttp } from "./http.ts";
import { rejection } from "./outcome.ts";
import type { Slack, SlackMessage, SlackOff, SlackOutcome, SlackProblem } from "./port.ts";

export interface SlackOptions {
  /** Path of the file with the URL. Undefined: send nothing. */
  readonly urlFile: string | undefined;
  /** Replaces the webhook's channel where the webhook allows it: "#ops". */
  readonly channel?: string | undefined;
  /** The time limit of one message. Default 10 s (chosen). */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** The wait after a 429 without Retry-After, which Slack always sends (chosen). */
const RETRY_MS = 30_000;
/** The longest wait that is accepted from Slack (chosen). */
const MAX_RETRY_MS = 3600_000;

/** Slack through the webhook whose URL is in `urlFile`. Creating it reads nothing and never throws. */
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
    // One handle for stat and read, because the file at the path may change in between.
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
  // Stored here, because the library's error does not contain it.
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
  // Slack answers with one word. Another server may answer with the request, including the URL.
  const word = body.trim();
  const plain = /^[a-z][a-z_]{2,40}$/.test(word) && !url.toLowerCase().includes(word);
  return rejection(status, plain ? word : undefined);
}

/** Milliseconds to wait. `retryAfter` is in seconds, as Slack sends it. */
function waitFor(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? "");
  return retryAfter === null || !Number.isFinite(seconds) || seconds < 0
    ? RETRY_MS
    : Math.min(MAX_RETRY_MS, seconds * 1000);
}

/** By its code: a message could quote what was asked for. */
function transportProblem(error: unknown, timeout: number): SlackProblem {
  if (error instanceof DOMException && error.name === "TimeoutError")
    return { reason: "Timeout", why: `no answer in ${timeout / 1000} s` };
  // If a name has several addresses, the first error is reported.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = codeOf(first);
  return code === undefined
    ? { reason: "ConnectionFailed", why: "the connection failed" }
    : { reason: code, why: code };
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;

// The queue of a notifier: gathers the lines of one thread for some seconds into one message, and limits the rate of
// messages and the number of queued lines. It has state, but no clock and no I/O.
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";
import { openRepeats } from "./dedupe.ts";
import { type Line, messageText, worst } from "./message.ts";

/** A thread is sent after this time without a new line, or after MOST_GATHER_MS; with an alarm, after ALARM_MS. */
const QUIET_MS = 4_000;
const MOST_GATHER_MS = 30_000;
const ALARM_MS = 1_000;
/** Slack accepts about one message a second. */
const GAP_MS = 1_000;
const MOST_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** More due threads than this are sent in one message. */
const MOST_AT_ONCE = 5;
const MOST_LINES = 500;

export type Next = { readonly send: string } | { readonly waitMs: number };

/** `now`: milliseconds of the monotonic clock; `wall`: milliseconds since 1970. */
export interface Outbox {
  /** Queues a line, unless it repeats one. */
  add(line: Line, now: number): void;
  /** The message to send now, or the time until the next one is due; undefined if the queue is empty. */
  next(now: number, wall: number): Next | undefined;
  /** The message from `next` was sent, or is dropped. */
  done(now: number): void;
  /** The message from `next` was not sent: it stays queued, and nothing is sent for `ms` milliseconds. */
  pause(now: number, ms: number): void;
  /** Drops all queued lines. */
  clear(): void;
  /** All lines up to this revision have been sent or dropped; undefined if no line had a revision. */
  deliveredUpTo(): number | undefined;
}

interface Queued {
  readonly name: string;
  lines: Line[];
  dropped: number;
  readonly first: number;
  last: number;
}

/** An empty outbox. */
export function openOutbox(): Outbox {
  const repeats = openRepeats();
  const threads = new Map<string, Queued>();
  let handedOut = new Set<Line>();
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let sentAt: number[] = [];
  let newest: number | undefined;

  const all = (): Line[] => [...threads.values()].flatMap(({ lines }) => lines);

  function gather(line: Line, now: number): void {
    const { id, title } = line.thread;
    const thread = threads.get(id);
    if (thread) {
      thread.lines.push(line);
      thread.last = now;
    } else threads.set(id, { name: title, lines: [line], dropped: 0, first: now, last: now });
    if (all().length > MOST_LINES) dropOne();
  }

  /** Drops the oldest of the least severe lines. */
  function dropOne(): void {
    for (const severity of SEVERITIES) {
      for (const thread of threads.values()) {
        const index = thread.lines.findIndex(line => line.severity === severity && !handedOut.has(line));
        if (index < 0) continue;
        thread.lines.splice(index, 1);
        thread.dropped += 1;
        return;
      }
    }
  }

  /** When the rate limit allows another message. */
  function rateAllowsAt(now: number): number {
    sentAt = sentAt.filter(at => now - at < MINUTE_MS);
    const afterGap = (sentAt.at(-1) ?? Number.NEGATIVE_INFINITY) + GAP_MS;
    const [first] = sentAt;
    return sentAt.length >= MOST_A_MINUTE && first !== undefined ? Math.max(afterGap, first + MINUTE_MS) : afterGap;
  }

  return {
    add(line, now) {
      newest = line.revision ?? newest;
      if (repeats.isNew(line, now)) gather(line, now);
    },
    next(now, wall) {
      for (const line of repeats.counted(now, wall)) gather(line, now);
      const counted = repeats.dueAt();
      const queued = [...threads.values()];
      if (queued.length === 0) return counted === undefined ? undefined : { waitMs: counted - now };
      const readyAt = Math.max(pausedUntil, rateAllowsAt(now), Math.min(...queued.map(dueAt)));
      if (readyAt > now) return { waitMs: Math.min(readyAt, counted ?? readyAt) - now };
      const due = queued
        .filter(thread => dueAt(thread) <= now)
        .sort((a, b) => SEVERITIES.indexOf(worst(b.lines)) - SEVERITIES.indexOf(worst(a.lines)) || a.first - b.first);
      const chosen = due.length > MOST_AT_ONCE ? due : due.slice(0, 1);
      handedOut = new Set(chosen.flatMap(({ lines }) => lines));
      return { send: messageText(chosen, wall) };
    },
    done(now) {
      sentAt.push(now);
      for (const [id, thread] of threads) {
        if (!thread.lines.some(line => handedOut.has(line))) continue;
        const unsent = thread.lines.filter(line => !handedOut.has(line));
        threads.delete(id);
        if (unsent.length > 0) threads.set(id, { name: thread.name, lines: unsent, dropped: 0, first: now, last: now });
      }
      handedOut = new Set();
    },
    pause(now, ms) {
      handedOut = new Set();
      pausedUntil = now + ms;
    },
    clear() {
      handedOut = new Set();
      threads.clear();
    },
    deliveredUpTo() {
      const revisions = all().flatMap(({ revision }) => revision ?? []);
      return revisions.length > 0 ? Math.min(...revisions) - 1 : newest;
    },
  };
}

function dueAt({ lines, first, last }: Queued): number {
  const quiet = Math.min(last + QUIET_MS, first + MOST_GATHER_MS);
  return worst(lines) === "alarm" ? Math.min(quiet, first + ALARM_MS) : quiet;
}

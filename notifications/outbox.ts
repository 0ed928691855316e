// What waits to be said, and when it may be: lines of one operation gathered for some seconds into one message, never
// more messages than people read and Slack takes, never more lines than a process can hold. Pure but for what it keeps.
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";

import { openRepeats } from "./dedupe.ts";
import { type Line, messageText, worst } from "./message.ts";

/** A thread is said when it has been quiet for so long, or after so long at most; an alarm nearly at once. */
const QUIET_MS = 4_000;
const MOST_GATHER_MS = 30_000;
const ALARM_MS = 1_000;
/** Slack takes about one message a second. */
const GAP_MS = 1_000;
const MOST_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** More threads than that are said in one message. */
const MOST_AT_ONCE = 5;
const MOST_LINES = 500;

export type Next = { readonly log: string } | { readonly waitMs: number };

/** `now`: milliseconds of a clock that does not jump; `wall`: milliseconds since 1970. */
export interface Outbox {
  add(line: Line, now: number): void;
  /** What is to be said now, or how long nothing is; undefined where nothing waits at all. */
  next(now: number, wall: number): Next | undefined;
  /** What `next` handed out was said, or never will be. */
  over(now: number): void;
  /** It will be tried again, and nothing is said before, for so many milliseconds. */
  hold(now: number, ms: number): void;
  /** Forgets everything that waits. */
  clear(): void;
  /** All lines up to this revision have been told or given up; undefined where none had one. */
  deliveredUpTo(): number | undefined;
}

interface Gathering {
  readonly name: string;
  lines: Line[];
  left: number;
  readonly first: number;
  last: number;
}

export function openOutbox(): Outbox {
  const repeats = openRepeats();
  const threads = new Map<string, Gathering>();
  let handedOut = new Set<Line>();
  let holdUntil = Number.NEGATIVE_INFINITY;
  let sentAt: number[] = [];
  let newest: number | undefined;

  const all = (): Line[] => [...threads.values()].flatMap(({ lines }) => lines);

  function gather(line: Line, now: number): void {
    const { id, title } = line.thread;
    const thread = threads.get(id);
    if (thread) {
      thread.lines.push(line);
      thread.last = now;
    } else threads.set(id, { name: title, lines: [line], left: 0, first: now, last: now });
    if (all().length > MOST_LINES) leaveOne();
  }

  /** The oldest of the least severe. */
  function leaveOne(): void {
    for (const severity of SEVERITIES) {
      for (const thread of threads.values()) {
        const index = thread.lines.findIndex(line => line.severity === severity && !handedOut.has(line));
        if (index < 0) continue;
        thread.lines.splice(index, 1);
        thread.left += 1;
        return;
      }
    }
  }

  /** When the pace allows another message. */
  function paceAt(now: number): number {
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
      const waiting = [...threads.values()];
      if (waiting.length === 0) return counted === undefined ? undefined : { waitMs: counted - now };
      const readyAt = Math.max(holdUntil, paceAt(now), Math.min(...waiting.map(dueAt)));
      if (readyAt > now) return { waitMs: Math.min(readyAt, counted ?? readyAt) - now };
      const due = waiting
        .filter(thread => dueAt(thread) <= now)
        .sort((a, b) => SEVERITIES.indexOf(worst(b.lines)) - SEVERITIES.indexOf(worst(a.lines)) || a.first - b.first);
      const chosen = due.length > MOST_AT_ONCE ? due : due.slice(0, 1);
      handedOut = new Set(chosen.flatMap(({ lines }) => lines));
      return { log: messageText(chosen, wall) };
    },
    over(now) {
      sentAt.push(now);
      for (const [id, thread] of threads) {
        if (!thread.lines.some(line => handedOut.has(line))) continue;
        const rest = thread.lines.filter(line => !handedOut.has(line));
        threads.delete(id);
        if (rest.length > 0) threads.set(id, { name: thread.name, lines: rest, left: 0, first: now, last: now });
      }
      handedOut = new Set();
    },
    hold(now, ms) {
      handedOut = new Set();
      holdUntil = now + ms;
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

function dueAt({ lines, first, last }: Gathering): number {
  const quiet = Math.min(last + QUIET_MS, first + MOST_GATHER_MS);
  return worst(lines) === "alarm" ? Math.min(quiet, first + ALARM_MS) : quiet;
}

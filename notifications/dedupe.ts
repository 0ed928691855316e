// The same again is not told again: it is counted, and the count is told when its time is over.
import { eventIdentity } from "../crd-like-specs/resources/event.ts";
import type { Line } from "./message.ts";

const WINDOW_MS = 600_000;
/** As many different things are remembered. */
const MOST = 500;

export interface Repeats {
  /** Whether it is told now; otherwise it is counted. `now` and all times are of one clock that does not jump. */
  isNew(line: Line, now: number): boolean;
  /** What has been counted, as lines, once for each time that is over. `wall`: milliseconds since 1970. */
  counted(now: number, wall: number): Line[];
  /** When there will be something counted; undefined where nothing is. */
  dueAt(): number | undefined;
}

interface Seen {
  readonly line: Line;
  readonly until: number;
  again: number;
}

export function openRepeats(): Repeats {
  /** By what happened, oldest first. */
  const seen = new Map<string, Seen>();

  return {
    isNew(line, now) {
      const key = eventIdentity(line);
      const before = seen.get(key);
      if (before && now < before.until) {
        before.again += 1;
        return false;
      }
      seen.delete(key);
      seen.set(key, { line, until: now + WINDOW_MS, again: 0 });
      const [oldest] = seen.keys();
      if (seen.size > MOST && oldest !== undefined) seen.delete(oldest);
      return true;
    },
    counted(now, wall) {
      const lines: Line[] = [];
      for (const [key, { line, until, again }] of seen) {
        if (now < until) continue;
        seen.delete(key);
        if (again === 0) continue;
        const { revision: _, ...rest } = line;
        lines.push({ ...rest, at: wall, text: `again ${times(again)} in ${WINDOW_MS / 60_000} min: ${line.text}` });
        // What goes on is counted on, and not told as if it were new.
        seen.set(key, { line, until: now + WINDOW_MS, again: 0 });
      }
      return lines;
    },
    dueAt() {
      const dues = [...seen.values()].flatMap(({ again, until }) => (again > 0 ? [until] : []));
      return dues.length > 0 ? Math.min(...dues) : undefined;
    },
  };
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

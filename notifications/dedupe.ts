// Suppresses repeated lines: a repeat is counted, and the count is sent when its window ends.
import { eventIdentity } from "../crd-like-specs/resources/event.ts";
import type { Line } from "./message.ts";

const WINDOW_MS = 600_000;
/** The number of different lines that are remembered. */
const MOST = 500;

export interface Repeats {
  /**
   * Whether the line is sent now. Otherwise it is counted. `now`: milliseconds of the monotonic clock, as all times
   * here.
   */
  isNew(line: Line, now: number): boolean;
  /** One line for each ended window with repeats, with their count. `wall`: milliseconds since 1970. */
  counted(now: number, wall: number): Line[];
  /** When the first window with repeats ends; undefined without repeats. */
  dueAt(): number | undefined;
}

interface Window {
  readonly line: Line;
  readonly until: number;
  repeats: number;
}

export function openRepeats(): Repeats {
  /** By dedupe key, oldest first. */
  const windows = new Map<string, Window>();

  return {
    isNew(line, now) {
      const key = eventIdentity(line);
      const before = windows.get(key);
      if (before && now < before.until) {
        before.repeats += 1;
        return false;
      }
      windows.delete(key);
      windows.set(key, { line, until: now + WINDOW_MS, repeats: 0 });
      const [oldest] = windows.keys();
      if (windows.size > MOST && oldest !== undefined) windows.delete(oldest);
      return true;
    },
    counted(now, wall) {
      const lines: Line[] = [];
      for (const [key, { line, until, repeats }] of windows) {
        if (now < until) continue;
        windows.delete(key);
        if (repeats === 0) continue;
        const { revision: _, ...rest } = line;
        lines.push({ ...rest, at: wall, text: `again ${times(repeats)} in ${WINDOW_MS / 60_000} min: ${line.text}` });
        // A line that still repeats is counted on, and not sent as a new one.
        windows.set(key, { line, until: now + WINDOW_MS, repeats: 0 });
      }
      return lines;
    },
    dueAt() {
      const dues = [...windows.values()].flatMap(({ repeats, until }) => (repeats > 0 ? [until] : []));
      return dues.length > 0 ? Math.min(...dues) : undefined;
    },
  };
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

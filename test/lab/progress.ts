// Progress for a person: one line a step with what came of it and how long it took. A spinner on a terminal,
// plain lines everywhere else.
import type { Writable } from "node:stream";
import { styleText } from "node:util";

export interface Step {
  /** Replaces what stands behind the step's name: where it is now, in the end what came of it. */
  note(text: string): void;
  /** Writes a line that stays: something that a person should know afterwards too. */
  say(text: string): void;
  /** The result was there already: the line ends in "cached" instead of a duration. */
  cached(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Off a terminal a new note of an unfinished step is worth a line once in so many milliseconds. */
const PLAIN_EVERY_MS = 5_000;
const NAME_WIDTH = 11;
const NOTE_WIDTH = 52;

/** "0.3 s", "41 s", "2 m 05 s". */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}

/** " ✓ hosts       h1 h2 h3   7.4 s" */
export function line(mark: string, name: string, note: string, time: string): string {
  return ` ${mark} ${name.padEnd(NAME_WIDTH)} ${note.padEnd(NOTE_WIDTH)} ${time.padStart(8)}`.trimEnd();
}

/**
 * Runs one step and writes its line to `out`: ✓ when it returns, ✗ when it throws; what it throws goes on to the
 * caller.
 */
export async function step<T>(
  name: string,
  work: (step: Step) => Promise<T>,
  out: Writable & { isTTY?: boolean; columns?: number } = process.stderr,
): Promise<T> {
  const started = performance.now();
  const elapsed = () => duration(performance.now() - started);
  let note = "";
  let cached = false;
  let plainAt = started;
  let frame = 0;

  const draw = () => {
    const text = line(FRAMES[frame++ % FRAMES.length] ?? "", name, note, elapsed());
    out.write(`\r\u001b[K${text.slice(0, Math.max((out.columns ?? 80) - 1, 20))}`);
  };
  const spinner = out.isTTY ? setInterval(draw, 100) : undefined;
  const finish = (mark: string) => {
    clearInterval(spinner);
    if (out.isTTY) out.write("\r\u001b[K");
    out.write(`${line(mark, name, note, cached ? "cached" : elapsed())}\n`);
  };

  try {
    const result = await work({
      note: text => {
        if (text === note) return;
        note = text;
        if (out.isTTY || performance.now() - plainAt < PLAIN_EVERY_MS) return;
        plainAt = performance.now();
        out.write(`${line("…", name, note, elapsed())}\n`);
      },
      say: text => out.write(`${out.isTTY ? "\r\u001b[K" : ""}   ${text}\n`),
      cached: () => {
        cached = true;
      },
    });
    finish(styleText("green", "✓", { stream: out }));
    return result;
  } catch (error) {
    finish(styleText("red", "✗", { stream: out }));
    throw error;
  }
}

// Progress output: one line per step with its result and its duration. A spinner on a terminal, plain lines elsewhere.
import type { Writable } from "node:stream";
import { styleText } from "node:util";

export interface Step {
  /** Replaces the text after the step's name: the current state, in the end the result. */
  note(text: string): void;
  /** Writes a line that stays visible after the step has ended. */
  print(text: string): void;
  /** Marks the result as taken from a cache: the line ends in "cached" instead of a duration. */
  cached(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Without a terminal, a new note of an unfinished step is printed at most once in this time. */
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
 * Runs one step and writes its line to `out`: ✓ if it returns, ✗ if it throws. Returns or throws what the step returns
 * or throws.
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
      print: text => out.write(`${out.isTTY ? "\r\u001b[K" : ""}   ${text}\n`),
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

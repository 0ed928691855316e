// One line of a log: pino's JSON to `TIME LEVEL MESSAGE  key=value …`, anything else as it came.
import type { Paint, Tone } from "./paint.ts";

const LEVELS: Readonly<Record<number, { name: string; tone?: Tone }>> = {
  10: { name: "trace", tone: "faint" },
  20: { name: "debug", tone: "faint" },
  30: { name: "info" },
  40: { name: "warn", tone: "busy" },
  50: { name: "error", tone: "bad" },
  60: { name: "fatal", tone: "bad" },
};

/** What pino puts into each line and a reader on this host knows already. */
const KNOWN = ["level", "time", "pid", "hostname", "msg", "err", "v", "name"];

export function logLine(line: string, paint: Paint): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { name, tone } = LEVELS[Number(entry.level)] ?? { name: String(entry.level) };
  const level = name.padEnd(5);
  const rest = Object.entries(entry)
    .filter(([key, value]) => !KNOWN.includes(key) && value !== undefined)
    .map(
      ([key, value]) => `${key}=${typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value)}`,
    );
  return [
    paint("faint", clock(entry.time)),
    tone === undefined ? level : paint(tone, level),
    [String(entry.msg ?? ""), errorText(entry.err)].filter(part => part !== "").join(": "),
    ...(rest.length === 0 ? [] : [` ${paint("faint", rest.join(" "))}`]),
  ].join(" ");
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The clock of UTC; pino writes milliseconds, or text where it was told to. */
function clock(time: unknown): string {
  const at = new Date(typeof time === "number" ? time : Date.parse(String(time)));
  return Number.isNaN(at.getTime()) ? "--:--:--" : at.toISOString().slice(11, 19);
}

/** An error's message with those of its causes; pino has joined them already. The stack is for `-o cat` alone. */
function errorText(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
}

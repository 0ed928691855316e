// Formats one log line: pino's JSON becomes `TIME LEVEL  SUBJECT  MESSAGE  key=value …  MS ms`. Any other line stays as
// it is.
import type { Paint, Tone } from "./paint.ts";

const LEVELS: Readonly<Record<number, { name: string; tone?: Tone }>> = {
  10: { name: "trace", tone: "faint" },
  20: { name: "debug", tone: "faint" },
  30: { name: "info" },
  40: { name: "warn", tone: "busy" },
  50: { name: "error", tone: "bad" },
  60: { name: "fatal", tone: "bad" },
};

/** Fields that the line shows in another column, and fields that are the same on every line of one node. */
const NOT_REPEATED = ["level", "time", "msg", "err", "topic", "round", "ms", "pid", "hostname", "name"];
const SUBJECT_WIDTH = 10;

export function logLine(line: string, paint: Paint): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { name, tone } = LEVELS[Number(entry.level)] ?? { name: String(entry.level) };
  const toned = (text: string) => (tone === undefined ? text : paint(tone, text));
  const more = Object.entries(entry).filter(([key]) => !NOT_REPEATED.includes(key));
  return [
    `${paint("faint", clock(entry.time))} ${toned(name.padEnd(5))}`,
    subject(entry).padEnd(SUBJECT_WIDTH),
    toned([entry.msg, errorText(entry.err)].filter(part => part !== undefined && part !== "").join(": ")),
    ...more.map(([key, value]) => paint("faint", `${key}=${shown(value)}`)),
    ...(entry.ms === undefined ? [] : [paint("faint", `${entry.ms} ms`)]),
  ].join("  ");
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

/** The subject of the line: a topic of the agent, or a round of the controller. */
function subject(entry: Record<string, unknown>): string {
  return entry.round === undefined ? String(entry.topic ?? "") : `round ${entry.round}`;
}

/** The time of day in UTC. pino writes milliseconds, or text if it is configured so. */
function clock(time: unknown): string {
  const at = new Date(typeof time === "number" ? time : Date.parse(String(time)));
  return Number.isNaN(at.getTime()) ? "--:--:--" : at.toISOString().slice(11, 19);
}

/** An error's message, which pino has joined with those of its causes. The stack is not shown. */
function errorText(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : undefined;
}

function shown(value: unknown): string {
  return typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

// From lines to what a person reads: a heading with the worst of it, a line a fact, at the end who it is about.
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";
import type { Severity } from "../crd-like-specs/resources/event.ts";

/** One thing to be told. */
export interface Line {
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  readonly severity: Severity;
  /** What belongs to one operation has one thread: its id, and its heading in words, "making h4 a manager". */
  readonly thread: { readonly id: string; readonly title: string };
  /** What happened, and to what, for programs: by these the same again is known, whatever the text. */
  readonly reason: string;
  readonly subject?: string | undefined;
  readonly text: string;
  /** Who it is about; `is` what that is now, where that is known: "worker, 10.0.0.4". */
  readonly host?: { readonly name: string; readonly is?: string };
  /** Where etcd keeps it: the revision at which it was written. */
  readonly revision?: number;
}

export interface Thread {
  readonly name: string;
  readonly lines: readonly Line[];
  /** How many of its lines were not kept. */
  readonly left: number;
}

const MOST_LINES = 30;
const MOST_CHARACTERS = 400;
/** What is told later than that says when it was: Slack shows only when it heard of it. */
const LATE_MS = 120_000;

export const worst = (lines: readonly Line[]): Severity =>
  SEVERITIES.findLast(severity => lines.some(line => line.severity === severity)) ?? "info";

/**
 * One message: a thread, or several that would be too many by themselves, one after the other. `now`: milliseconds since
 * 1970.
 */
export function messageText(threads: readonly Thread[], now: number): string {
  const all = threads.flatMap(({ lines }) => lines);
  const shown = new Set(mostTelling(all));
  const left = all.length - shown.size + threads.reduce((sum, thread) => sum + thread.left, 0);
  // What a host has become meanwhile counts.
  const hosts = new Map([...shown].flatMap(({ host }) => (host ? [[host.name, host.is]] : [])));
  return [
    ...threads.flatMap(({ name, lines }) =>
      section(
        name,
        lines.filter(line => shown.has(line)),
        now,
      ),
    ),
    ...(left > 0 ? [`and ${left} more: \`swarmkeeper events\``] : []),
    ...(hosts.size > 0
      ? [`_${plain([...hosts].map(([name, is]) => (is ? `${name} (${is})` : name)).join(", "))}_`]
      : []),
  ].join("\n");
}

function section(name: string, lines: readonly Line[], now: number): string[] {
  if (lines.length === 0) return [];
  const severity = worst(lines);
  return [
    `*${plain(capital(name))}*${severity === "info" ? "" : ` · *${severity.toUpperCase()}*`}`,
    ...lines.map(line => {
      const mark = line.severity !== "info" && lines.length > 1 ? `*${line.severity}* ` : "";
      return `• ${lateness(line, now)}${mark}${plain(line.text)}`;
    }),
  ];
}

/** The worst, and of those the newest, in the order in which they happened. */
function mostTelling(lines: readonly Line[]): Line[] {
  const ranked = lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => SEVERITIES.indexOf(b.line.severity) - SEVERITIES.indexOf(a.line.severity) || b.index - a.index)
    .slice(0, MOST_LINES);
  return ranked.sort((a, b) => a.index - b.index).map(({ line }) => line);
}

/** In the time of whoever reads it. */
function lateness({ at }: Line, now: number): string {
  if (now - at < LATE_MS) return "";
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${new Date(at).toISOString().slice(11, 19)} UTC> `;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** On one line, short, and nothing that Slack takes for a mention or a link. */
function plain(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const short = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line;
  return short.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

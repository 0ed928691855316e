// Formats lines as one message: a heading with the highest severity, one line for each fact, and the nodes at the end.
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";
import type { Severity } from "../crd-like-specs/resources/event.ts";

/** One event for Slack. */
export interface Line {
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  readonly severity: Severity;
  /** Lines of one operation have one thread: its id and its heading, "making h4 a manager". */
  readonly thread: { readonly id: string; readonly title: string };
  /** With severity and subject the dedupe key; the text is not part of it. */
  readonly reason: string;
  readonly subject?: string | undefined;
  readonly text: string;
  /** The node that it is about. `is`: what that node is now, if known: "worker, 10.0.0.4". */
  readonly node?: { readonly name: string; readonly is?: string };
  /** The mod revision of its event in etcd, if it has one. */
  readonly revision?: number;
}

export interface Thread {
  readonly name: string;
  readonly lines: readonly Line[];
  /** The number of its lines that were dropped. */
  readonly dropped: number;
}

const MOST_LINES = 30;
const MOST_CHARACTERS = 400;
/** A line that is sent later than this carries its time: Slack shows only when it received the message. */
const LATE_MS = 120_000;

/** The highest severity of the lines; `info` without lines. */
export const worst = (lines: readonly Line[]): Severity =>
  SEVERITIES.findLast(severity => lines.some(line => line.severity === severity)) ?? "info";

/**
 * The text of one message, in Slack's mrkdwn: one thread, or several one after the other if there are too many for
 * separate messages. `now`: milliseconds since 1970.
 */
export function messageText(threads: readonly Thread[], now: number): string {
  const all = threads.flatMap(({ lines }) => lines);
  const shown = new Set(mostImportant(all));
  const dropped = all.length - shown.size + threads.reduce((sum, thread) => sum + thread.dropped, 0);
  // The last line of a node counts: its role may have changed.
  const nodes = new Map([...shown].flatMap(({ node }) => (node ? [[node.name, node.is]] : [])));
  return [
    ...threads.flatMap(({ name, lines }) =>
      section(
        name,
        lines.filter(line => shown.has(line)),
        now,
      ),
    ),
    ...(dropped > 0 ? [`and ${dropped} more: \`swarmkeeper events\``] : []),
    ...(nodes.size > 0
      ? [`_${escaped([...nodes].map(([name, is]) => (is ? `${name} (${is})` : name)).join(", "))}_`]
      : []),
  ].join("\n");
}

function section(name: string, lines: readonly Line[], now: number): string[] {
  if (lines.length === 0) return [];
  const severity = worst(lines);
  return [
    `*${escaped(capital(name))}*${severity === "info" ? "" : ` · *${severity.toUpperCase()}*`}`,
    ...lines.map(line => {
      const mark = line.severity !== "info" && lines.length > 1 ? `*${line.severity}* ` : "";
      return `• ${timeIfLate(line, now)}${mark}${escaped(line.text)}`;
    }),
  ];
}

/** The most severe lines, of equal ones the newest, in their own order. */
function mostImportant(lines: readonly Line[]): Line[] {
  const ranked = lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => SEVERITIES.indexOf(b.line.severity) - SEVERITIES.indexOf(a.line.severity) || b.index - a.index)
    .slice(0, MOST_LINES);
  return ranked.sort((a, b) => a.index - b.index).map(({ line }) => line);
}

/** The time of a late line, which Slack shows in the reader's time zone; empty for a recent one. */
function timeIfLate({ at }: Line, now: number): string {
  if (now - at < LATE_MS) return "";
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${new Date(at).toISOString().slice(11, 19)} UTC> `;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The text on one line, shortened, and escaped so that Slack finds no mention and no link in it. */
function escaped(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const short = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line;
  return short.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

// From lines to what a person reads: a heading with the worst of it, a line a fact, at the end who it is about.

export const LEVELS = ["info", "warning", "alarm"] as const;
export type Level = (typeof LEVELS)[number];

/** One thing to be told. */
export interface Line {
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  readonly level: Level;
  /** What belongs to one operation has one thread, in words for the heading: "making h4 a manager". */
  readonly thread: string;
  readonly text: string;
  /** Who it is about, in words: "h4 (worker, 10.0.0.4)". */
  readonly host?: string;
  /** Where etcd keeps it: the revision at which it was written. */
  readonly revision?: number;
}

export interface Thread {
  readonly name: string;
  readonly lines: readonly Line[];
  /** How many of its lines were not kept. */
  readonly left: number;
}

const MOST_LINES = 20;
const MOST_CHARACTERS = 400;
/** What is told later than that says when it was: Slack shows only when it heard of it. */
const LATE_MS = 120_000;

export const worst = (lines: readonly Line[]): Level =>
  LEVELS.findLast(level => lines.some(line => line.level === level)) ?? "info";

/** One message of one thread, or of several that would be too many by themselves. `now`: milliseconds since 1970. */
export function messageText(threads: readonly Thread[], now: number): string {
  const all = threads.flatMap(({ name, lines }) => lines.map(line => ({ name, line })));
  const shown = new Set(mostTelling(all.map(({ line }) => line)));
  const left = all.length - shown.size + threads.reduce((sum, thread) => sum + thread.left, 0);
  const level = worst(all.map(({ line }) => line));
  const [only] = threads.length === 1 ? threads : [];
  const title = only ? capital(only.name) : "Several things at once";
  const lines = all
    .filter(({ line }) => shown.has(line))
    .map(({ name, line }) => {
      const severity = line.level !== "info" && (line.level !== level || shown.size > 1) ? `*${line.level}* ` : "";
      return `• ${lateness(line, now)}${severity}${only ? "" : `${plain(name)}: `}${plain(line.text)}`;
    });
  const hosts = [...new Set([...shown].flatMap(({ host }) => host ?? []))];
  return [
    `*${plain(title)}*${level === "info" ? "" : ` · *${level.toUpperCase()}*`}`,
    ...lines,
    ...(left > 0 ? [`and ${left} more: \`swarmkeeper events\``] : []),
    ...(hosts.length > 0 ? [`_${plain(hosts.join(", "))}_`] : []),
  ].join("\n");
}

/** The worst, and of those the newest, in the order in which they happened. */
function mostTelling(lines: readonly Line[]): Line[] {
  const ranked = lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => LEVELS.indexOf(b.line.level) - LEVELS.indexOf(a.line.level) || b.index - a.index)
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

// Times as people read them: a span in its two largest units, a moment as the clock of UTC, with its day when not today;
// only the story, which is read beside a clock on the wall, has the time of the reader's own.
import type { Waiting } from "../../crd-like-specs/resources/shapes.ts";

/** `41 s`, `12 m`, `3 h 20 m`, `2 d 4 h`; never negative, for clocks of two hosts differ. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} m`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The span as a table's column shows it: `41s`, `3h20m`. */
export const age = (milliseconds: number): string => span(milliseconds).replaceAll(" ", "");

/** `23:14:02Z`, or `2026-11-22 23:14:02Z` when that was not on the day of `now`. */
export function moment(time: string, now: number): string {
  const at = new Date(Date.parse(time));
  if (Number.isNaN(at.getTime())) return time;
  const [day = "", clock = ""] = at.toISOString().split("T");
  const short = `${clock.slice(0, 8)}Z`;
  return new Date(now).toISOString().startsWith(day) ? short : `${day} ${short}`;
}

/** `23:14:02` where the reader is, or `2026-11-22 23:14:02` when that was not on the day of `now` there. */
export function localMoment(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const [day, clock] = local(at);
  return day === local(now)[0] ? clock : `${day} ${clock}`;
}

/** Day and clock by the time zone of this machine, both as ISO 8601 writes them. */
function local(time: number): [day: string, clock: string] {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  return [
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":"),
  ];
}

/** `90 s`, `10m`, `2h`, `1 d` in milliseconds; undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6}) ?([smhd])$/.exec(text.trim()) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? ""];
  return seconds === undefined ? undefined : Number(count) * seconds * 1000;
}

/** For whom and why, and how much of its time has passed: `h3: unreachable · 41 s of 60 s`. */
export function waitingText({ what, why, since, until }: Waiting, now: number): string {
  const start = since === undefined ? undefined : Date.parse(since);
  const end = until === undefined ? undefined : Date.parse(until);
  const text = `${what}: ${why}`;
  if (start === undefined) return end === undefined ? text : `${text} · ${span(end - now)} left`;
  if (end === undefined) return `${text} · ${span(now - start)}`;
  const over = now > end ? ", which are over" : "";
  return `${text} · ${span(now - start)} of ${span(end - start)}${over}`;
}

// Moments, ages and waits as the terminal shows them. Moments are in UTC; only `swarmkeeper events` uses local time,
// because operators compare it with their own clock.
import { span } from "../../crd-like-specs/duration.ts";
import type { Waiting } from "../../crd-like-specs/resources/shapes.ts";

/** A span for the column of a table: `41s`, `3h20m`. */
export const age = (milliseconds: number): string => span(milliseconds).replaceAll(" ", "");

/** `23:14:02Z`, or `2026-11-22 23:14:02Z` if that was not on the day of `now` (milliseconds since 1970). */
export function moment(time: string, now: number): string {
  const at = new Date(Date.parse(time));
  if (Number.isNaN(at.getTime())) return time;
  const [day = "", clock = ""] = at.toISOString().split("T");
  const short = `${clock.slice(0, 8)}Z`;
  return new Date(now).toISOString().startsWith(day) ? short : `${day} ${short}`;
}

/** `23:14:02` in local time, or `2026-11-22 23:14:02` if that was not on the local day of `now`. */
export function localMoment(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const [day, clock] = local(at);
  return day === local(now)[0] ? clock : `${day} ${clock}`;
}

/** Date and time of day in this machine's time zone, both in the format of ISO 8601. */
function local(time: number): [day: string, clock: string] {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  return [
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":"),
  ];
}

/** What is waited for, why, and how much of the time has passed: `h3: unreachable · 41 s of 60 s`. */
export function waitingText({ what, why, since, until }: Waiting, now: number): string {
  const start = since === undefined ? undefined : Date.parse(since);
  const end = until === undefined ? undefined : Date.parse(until);
  const text = `${what}: ${why}`;
  if (start === undefined) return end === undefined ? text : `${text} · ${span(end - now)} left`;
  if (end === undefined) return `${text} · ${span(now - start)}`;
  const over = now > end ? ", time is over" : "";
  return `${text} · ${span(now - start)} of ${span(end - start)}${over}`;
}

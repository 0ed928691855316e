// Maintenance windows: when a rollout may change nodes, by days, start and length, in UTC.
import type { ValidationError } from "../validation.ts";
import { type Field, quoted, scalarField } from "./field.ts";

/** Days as in `Date.getUTCDay`. A window may end on the next day. */
export interface Window {
  readonly days: readonly number[];
  readonly startMinute: number;
  readonly minutes: number;
}
export type Windows = readonly Window[] | "always";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * 60_000;
const EXPECTED =
  'use "always", or days, start (UTC) and length, such as "daily 02:00 90m" or "Sat,Sun 22:30 4h; Wed 03:00 1h"';

export const windows: Field<Windows> = scalarField<Windows>({
  description: "When a rollout may change further nodes: always, or in windows of days, start and length, in UTC",
  default: "always",
  expected: EXPECTED,
  schema: { type: "string" },
  render: value => (value === "always" ? value : value.map(rendered).join("; ")),
  read: text => {
    if (text.toLowerCase() === "always") return { value: "always" };
    const found: Window[] = [];
    for (const part of text.split(";").map(each => each.trim())) {
      const window = read(part);
      if ("message" in window) return window;
      found.push(window);
    }
    return { value: found };
  },
});

function read(text: string): Window | ValidationError {
  const [, names, hours, minutes, amount, unit] = /^(\S+)\s+(\d{1,2}):(\d\d)\s+(\d{1,4})(m|h)$/.exec(text) ?? [];
  if (names === undefined) return { message: `${quoted(text)} is not a window`, expected: EXPECTED };
  const startMinute = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || startMinute >= DAY_MINUTES)
    return { message: `${hours}:${minutes} is not a time of day`, expected: EXPECTED };
  const length = Number(amount) * (unit === "h" ? 60 : 1);
  if (length < 1 || length > DAY_MINUTES)
    return { message: `${amount}${unit} is not a valid length for a window`, expected: "use 1m to 24h" };
  const days = daysIn(names);
  return days === undefined
    ? {
        message: `${quoted(names)} is not a list of days`,
        expected: `use daily, or a list of ${DAYS.join(", ")}, such as Sat,Sun`,
      }
    : { days, startMinute, minutes: length };
}

function daysIn(names: string): number[] | undefined {
  if (names.toLowerCase() === "daily") return [0, 1, 2, 3, 4, 5, 6];
  const days = names.split(",").map(name => DAYS.findIndex(day => day.toLowerCase() === name.toLowerCase()));
  return days.includes(-1) ? undefined : [...new Set(days)].sort((a, b) => a - b);
}

function rendered({ days, startMinute, minutes }: Window): string {
  const names = days.length === DAYS.length ? "daily" : days.map(day => DAYS[day]).join(",");
  const time = [Math.floor(startMinute / 60), startMinute % 60].map(part => String(part).padStart(2, "0")).join(":");
  return `${names} ${time} ${minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`}`;
}

/** When the next window opens, in milliseconds since 1970 like `now`; undefined while one is open. */
export function opensAt(value: Windows, now: number): number | undefined {
  if (value === "always") return undefined;
  const midnight = now - (now % DAY_MS);
  const starts = value.flatMap(({ days, startMinute, minutes }) =>
    // From yesterday, whose window may end today, to the same day of next week.
    Array.from({ length: 9 }, (_, index) => midnight + (index - 1) * DAY_MS)
      .filter(day => days.includes(new Date(day).getUTCDay()))
      .map(day => ({ from: day + startMinute * 60_000, to: day + (startMinute + minutes) * 60_000 })),
  );
  if (starts.some(({ from, to }) => from <= now && now < to)) return undefined;
  return Math.min(...starts.filter(({ from }) => from > now).map(({ from }) => from));
}

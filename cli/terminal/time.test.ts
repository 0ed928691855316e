import { expect, it } from "vitest";
import { age, localMoment, moment, parseSpan, span, waitingText } from "./time.ts";

it.each([
  [-5_000, "0 s"],
  [119_000, "119 s"],
  [120_000, "2 m"],
  [7_200_000, "2 h"],
  [12_000_000, "3 h 20 m"],
  [172_800_000, "2 d"],
  [187_200_000, "2 d 4 h"],
])("a span of %d ms is %s", (milliseconds, text) => {
  expect(span(milliseconds)).toBe(text);
  expect(age(milliseconds)).toBe(text.replaceAll(" ", ""));
});

it("names the day of a moment only when it is not today", () => {
  const now = Date.parse("2026-03-01T00:10:00Z");
  expect(moment("2026-03-01T00:05:09.5Z", now)).toBe("00:05:09Z");
  expect(moment("2026-02-28T23:05:09Z", now)).toBe("2026-02-28 23:05:09Z");
  expect(moment("soon", now)).toBe("soon");
});

it("names a moment by the reader's own clock, with the day when it is another", () => {
  const at = new Date(2026, 1, 28, 23, 5, 9);
  expect(localMoment(at.toISOString(), new Date(2026, 1, 28, 0, 0, 1).getTime())).toBe("23:05:09");
  expect(localMoment(at.toISOString(), new Date(2026, 2, 1, 0, 10, 0).getTime())).toBe("2026-02-28 23:05:09");
  expect(localMoment("soon", 0)).toBe("soon");
});

it.each([
  ["90 s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["10", undefined],
  ["-1m", undefined],
])("reads the span %j", (text, milliseconds) => {
  expect(parseSpan(text)).toBe(milliseconds);
});

it("says how much of its time a wait has taken, and when all of it is over", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const waiting = { what: "h3", reason: "Unreachable", why: "unreachable", since: at(100), until: at(160) };
  expect(waitingText(waiting, 141_000)).toBe("h3: unreachable · 41 s of 60 s");
  expect(waitingText(waiting, 175_000)).toBe("h3: unreachable · 75 s of 60 s, which are over");
  expect(waitingText({ what: "h3", reason: "Unreachable", why: "unreachable", since: at(100) }, 141_000)).toBe(
    "h3: unreachable · 41 s",
  );
});

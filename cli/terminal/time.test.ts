import { expect, it } from "vitest";
import { age, localMoment, moment, waitingText } from "./time.ts";

it.each([
  [-5_000, "0s"],
  [12_000_000, "3h20m"],
  [187_200_000, "2d4h"],
])("an age of %d ms is %s in a table", (milliseconds, text) => {
  expect(age(milliseconds)).toBe(text);
});

it("a moment has its date only if it is on another day than now", () => {
  const now = Date.parse("2026-03-01T00:10:00Z");
  expect(moment("2026-03-01T00:05:09.5Z", now)).toBe("00:05:09Z");
  expect(moment("2026-02-28T23:05:09Z", now)).toBe("2026-02-28 23:05:09Z");
  expect(moment("soon", now)).toBe("soon");
});

it("a local moment is in the time zone of the terminal, with its date if it is on another day", () => {
  const at = new Date(2026, 1, 28, 23, 5, 9);
  expect(localMoment(at.toISOString(), new Date(2026, 1, 28, 0, 0, 1).getTime())).toBe("23:05:09");
  expect(localMoment(at.toISOString(), new Date(2026, 2, 1, 0, 10, 0).getTime())).toBe("2026-02-28 23:05:09");
  expect(localMoment("soon", 0)).toBe("soon");
});

it("a wait shows how much of its time has passed, and when all of it has", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const waiting = { what: "h3", reason: "Unreachable", why: "unreachable", since: at(100), until: at(160) };
  expect(waitingText(waiting, 141_000)).toBe("h3: unreachable · 41 s of 60 s");
  expect(waitingText(waiting, 175_000)).toBe("h3: unreachable · 75 s of 60 s, time is over");
  expect(waitingText({ what: "h3", reason: "Unreachable", why: "unreachable", since: at(100) }, 141_000)).toBe(
    "h3: unreachable · 41 s",
  );
});

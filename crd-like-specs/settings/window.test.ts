import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { opensAt, windows } from "./window.ts";

const at = (text: string) => Date.parse(`${text}Z`);
const read = (text: string) => {
  const value = windows.parse(text);
  if (!value.ok) throw new Error(`${value.error.message}; ${value.error.expected}`);
  return value.value;
};

describe("maintenance windows", () => {
  it.each([
    ["always", "always"],
    ["DAILY 2:00 90m", "daily 02:00 90m"],
    ["sun,Sat 22:30 4h; Wed 03:00 60m", "Sun,Sat 22:30 4h; Wed 03:00 1h"],
  ])("reads %j", (text, canonical) => {
    expect(windows.render(read(text))).toBe(canonical);
  });

  it.each([
    ["at night", '"at night" is not a window'],
    ["daily 24:00 1h", "24:00 is not a time of day"],
    ["daily 02:60 1h", "02:60 is not a time of day"],
    ["daily 02:00 25h", "25h is not a valid length for a window; use 1m to 24h"],
    ["Funday 02:00 1h", '"Funday" is not a list of days; use daily, or a list of Sun, Mon'],
    ["daily 02:00 1h;", '"" is not a window'],
  ])("rejects %j", (text, reason) => {
    expect(() => read(text)).toThrow(reason);
  });

  it("opensAt is undefined within a window, also after midnight, and otherwise gives the next start", () => {
    const value = read("Sat 22:00 4h");
    expect(opensAt(value, at("2026-11-28T21:59:59"))).toBe(at("2026-11-28T22:00:00"));
    expect(opensAt(value, at("2026-11-28T22:00:00"))).toBeUndefined();
    expect(opensAt(value, at("2026-11-29T01:59:59"))).toBeUndefined();
    expect(opensAt(value, at("2026-11-29T02:00:00"))).toBe(at("2026-12-05T22:00:00"));
    expect(opensAt("always", at("2026-11-29T02:00:00"))).toBeUndefined();
  });

  it("every window opens within a week of any time", () => {
    const window = fc.record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      startMinute: fc.integer({ min: 0, max: 1439 }),
      minutes: fc.integer({ min: 1, max: 1440 }),
    });
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 4e12 }), (value, now) => {
        const opens = opensAt(value, now);
        if (opens === undefined) return;
        expect(opens).toBeGreaterThan(now);
        expect(opens - now).toBeLessThanOrEqual(7 * 86_400_000);
        expect(opensAt(value, opens)).toBeUndefined();
      }),
    );
  });
});

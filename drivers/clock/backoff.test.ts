import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoff, backoffMs } from "./backoff.ts";

const longest = () => 1;

describe("backoff", () => {
  it("doubles from the first wait to the longest, and starts over after a success", () => {
    const waits = backoff({ firstMs: 50, mostMs: 2_000, random: longest });
    const next = (count: number) => Array.from({ length: count }, () => waits.next());
    expect(next(8)).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
    waits.reset();
    expect(next(2)).toEqual([50, 100]);
  });

  it("draws a random number for each wait", () => {
    const draws = [0, 0.5, 1];
    const waits = backoff({ firstMs: 100, mostMs: 100, random: () => draws.shift() ?? 0 });
    expect([waits.next(), waits.next(), waits.next()]).toEqual([50, 75, 100]);
  });

  it("waits between half and all of the full wait, after any number of failures", () => {
    const most = fc.integer({ min: 1, max: 3_600_000 });
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), most, most, random, (failures, one, other, drawn) => {
        const [firstMs, mostMs] = [Math.min(one, other), Math.max(one, other)];
        const ms = backoffMs(failures, { firstMs, mostMs, random: () => drawn });
        const full = backoffMs(failures, { firstMs, mostMs, random: longest });
        expect(ms).toBeGreaterThanOrEqual(full / 2);
        expect(ms).toBeLessThanOrEqual(full);
        expect(full).toBeGreaterThanOrEqual(firstMs);
        expect(full).toBeLessThanOrEqual(mostMs);
      }),
    );
  });
});

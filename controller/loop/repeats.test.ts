import { expect, it } from "vitest";
import { newMemory } from "./memory.ts";
import { pauseBefore } from "./repeats.ts";

it("the wait before a round grows with the number of repeated rounds", () => {
  const pauses = (random: () => number) =>
    Array.from({ length: 10 }, (_, repeats) => pauseBefore({ ...newMemory(), repeats }, random));
  expect(pauses(() => 1)).toEqual([0, 0, 0, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(pauses(() => 0)).toEqual([0, 0, 0, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
});

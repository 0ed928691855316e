// A few random walks by seed. `make sim SEEDS=n` runs more.
import { expect, it } from "vitest";
import { regressionSeeds } from "./walk/regression-seeds.ts";
import { simulate } from "./walk/simulate.ts";

const SEEDS = Array.from({ length: 12 }, (_, index) => 1_000 + index);

it.each([...regressionSeeds(), ...SEEDS])("the walk of seed %i converges and violates no invariant", async seed => {
  const { problems } = await simulate(seed);
  expect(problems).toEqual([]);
});

it("the same seed gives the same walk twice, to the last line of the log", async () => {
  const [first, second] = [await simulate(7), await simulate(7)];
  expect(second.log).toEqual(first.log);
  expect(first.log.length).toBeGreaterThan(50);
});

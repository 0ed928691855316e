// Seeds that once failed, and are walked each time since.
import { readFileSync } from "node:fs";
import path from "node:path";

export const REGRESSION_SEEDS = path.resolve(import.meta.dirname, "../seeds.txt");

/** One a line, with a word why after a `#`. */
export const regressionSeeds = (): number[] =>
  readFileSync(REGRESSION_SEEDS, "utf8")
    .split("\n")
    .map(line => line.replace(/#.*/, "").trim())
    .filter(text => text !== "")
    .map(Number);

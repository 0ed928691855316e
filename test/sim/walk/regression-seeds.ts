// The seeds that failed once. Every run repeats them.
import { readFileSync } from "node:fs";
import path from "node:path";

export const REGRESSION_SEEDS = path.resolve(import.meta.dirname, "../seeds.txt");

/** The file has one seed per line, and its reason after a `#`. */
export const regressionSeeds = (): number[] =>
  readFileSync(REGRESSION_SEEDS, "utf8")
    .split("\n")
    .map(line => line.replace(/#.*/, "").trim())
    .filter(text => text !== "")
    .map(Number);

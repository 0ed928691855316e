import { expect, it } from "vitest";
import { exitCode, TIMEOUT_MS } from "./program.ts";

const SEEDS = process.env.SEEDS || "2000";

it(
  `${SEEDS} random walks violate no invariant, and every kind of fault happens`,
  async () => {
    expect(await exitCode("test/sim/run.ts", { SEEDS, SEED: "" }, 19)).toBe(0);
  },
  TIMEOUT_MS,
);

import { expect, it } from "vitest";
import { exitCode, TIMEOUT_MS } from "./program.ts";

const MINUTES = process.env.MINUTES || "10";
/** A fixed seed, so that a failure comes from a change and not from chance. `make chaos` chooses a random one. */
const SEED = "1";

it(
  `${MINUTES} minutes of chaos on real hosts violate no invariant`,
  async () => {
    expect(await exitCode("test/chaos/main.ts", { MINUTES, SEED })).toBe(0);
  },
  TIMEOUT_MS,
);

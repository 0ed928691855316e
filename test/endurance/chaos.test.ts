import { expect, it } from "vitest";
import { exitCode, TIMEOUT_MS } from "./program.ts";

const MINUTES = process.env.MINUTES || "10";
/** One that is known, so that a failure is the change's and not the dice's; `make chaos` throws them. */
const SEED = "1";

it(
  `${MINUTES} minutes of chaos on real hosts keep every promise`,
  async () => {
    expect(await exitCode("test/chaos/main.ts", { MINUTES, SEED })).toBe(0);
  },
  TIMEOUT_MS,
);

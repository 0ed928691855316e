// A separate process that walks the seeds that it receives, one after the other.
import { simulate } from "./simulate.ts";

/** The answer for one seed. */
export interface Walked {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly counts: [string, number][];
}

// Errors are frequent here, and no one reads their stacks: a seed that fails is replayed.
Error.stackTraceLimit = 0;

process.on("message", async (seed: number) => {
  const { problems, counts } = await simulate(seed);
  const walked: Walked = { seed, problems, counts: [...counts] };
  process.send?.(walked);
});

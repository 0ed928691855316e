// A process of its own that walks the seeds it is sent, one after the other.
import { simulate } from "./simulate.ts";

/** What it answers for one seed. */
export interface Walked {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly counts: [string, number][];
}

// Errors are everyday here and their stacks are not read: a seed that fails is replayed.
Error.stackTraceLimit = 0;

process.on("message", async (seed: number) => {
  const { problems, counts } = await simulate(seed);
  const walked: Walked = { seed, problems, counts: [...counts] };
  process.send?.(walked);
});

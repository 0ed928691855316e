// Lets time pass in a walk and checks the invariants.
import type { WalkContext } from "./context.ts";

/** How often the invariants are checked while no program writes. */
const POLL_MS = 500;

/** Lets time pass. Resolves to true as soon as the condition holds, or to false after `ms`. */
export async function advance(context: WalkContext, ms: number, until: () => boolean = () => false): Promise<boolean> {
  const { clock, invariants } = context.cluster;
  const end = clock.monotonic() + ms;
  for (;;) {
    if (until()) return true;
    const left = end - clock.monotonic();
    if (left <= 0) return false;
    await clock.advance(Math.min(POLL_MS, left));
    invariants.observe();
  }
}

// Time that passes in a walk, with an eye on the promises.
import type { WalkContext } from "./context.ts";

/** How often the promises are looked at while nobody writes. */
const POLL_MS = 500;

/** Lets time pass; true as soon as the condition is seen to hold. */
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

// The duty towards the Vault of this host: it is looked at, every second while something changes, and what is seen is
// reported and, where it serves, announced. Starting and stopping it is a matter of its unit.

import { bell } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { ConnectedAgent } from "../context.ts";
import { openAnnouncement, serviceOf } from "./announce.ts";
import { lookAtVault, type VaultLook } from "./observe.ts";

const SOON_MS = 1_000;
const USUAL_MS = 5_000;
const IDLE_MS = 3_600_000;
/** For so long after it has changed it may change again. */
const LIVELY_MS = 60_000;

/** Runs for as long as it is not aborted. */
export async function watchVault(agent: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const { clock, report, pace, self } = agent;
  const lost = bell(clock);
  const announcement = openAnnouncement(agent, () => lost.ring());
  let look: VaultLook = { report: undefined, answeredAt: undefined };
  let changedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { state } = look.report ?? {};
    look = await lookAtVault(agent, look);
    report.see({ vault: look.report });
    if (look.report?.state !== state) changedAt = clock.monotonic();
    try {
      await announcement.keep(serviceOf(look.report, self.id));
      report.settle("vault");
    } catch (error) {
      signal.throwIfAborted();
      report.say("vault", { kind: "failing", text: `Vault is not announced: ${reasonOf(error)}` });
    }
    const rest = changedAt + LIVELY_MS > clock.monotonic() ? SOON_MS : Math.min(USUAL_MS, pace.lookMs());
    // Where none runs, the next look is when its unit is started.
    await (look.report === undefined ? pace.stirred.wait(IDLE_MS, signal) : lost.wait(rest, signal));
  }
}

// The duty towards the Vault of this host: it is looked at, every second while something changes, and what is seen is
// reported and, where it serves, announced. Starting and stopping it is a matter of its unit.

import { createWakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { ConnectedAgent } from "../context.ts";
import { openAnnouncement, serviceOf } from "./announce.ts";
import { observeVault, type VaultObservation } from "./observe.ts";

const SOON_MS = 1_000;
const USUAL_MS = 5_000;
const IDLE_MS = 3_600_000;
/** For so long after it has changed it may change again. */
const LIVELY_MS = 60_000;

/** Runs for as long as it is not aborted. */
export async function watchVault(agent: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const { clock, report, pacing, self } = agent;
  const lost = createWakeup(clock);
  const announcement = openAnnouncement(agent, () => lost.wake());
  let latest: VaultObservation = { report: undefined, answeredAt: undefined };
  let changedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { state } = latest.report ?? {};
    latest = await observeVault(agent, latest);
    report.see({ vault: latest.report });
    if (latest.report?.state !== state) changedAt = clock.monotonic();
    try {
      await announcement.keep(serviceOf(latest.report, self.id));
      report.settle("vault");
    } catch (error) {
      signal.throwIfAborted();
      report.setMessage("vault", { kind: "failing", text: `Vault is not announced: ${reasonOf(error)}` });
    }
    const rest = changedAt + LIVELY_MS > clock.monotonic() ? SOON_MS : Math.min(USUAL_MS, pacing.pollMs());
    // Where none runs, the next look is when its unit is started.
    await (latest.report === undefined ? pacing.changed.wait(IDLE_MS, signal) : lost.wait(rest, signal));
  }
}

// Observes this node's Vault, every second while its state changes, reports it, and announces it while it serves.
// Starting and stopping Vault is the job of its unit.

import { createWakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { ConnectedAgent } from "../context.ts";
import { openAnnouncement, serviceOf } from "./announce.ts";
import { observeVault, type VaultObservation } from "./observe.ts";

const SOON_MS = 1_000;
const USUAL_MS = 5_000;
const IDLE_MS = 3_600_000;
/** Within this time after a change, Vault may change again. */
const CHANGING_MS = 60_000;

/** Runs until the signal is aborted. Reports and retries each failure. */
export async function watchVault(agent: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const { clock, report, pollInterval, self } = agent;
  const lost = createWakeup(clock);
  const announcement = openAnnouncement(agent, () => lost.wake());
  let latest: VaultObservation = { report: undefined, answeredAt: undefined };
  let changedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { state } = latest.report ?? {};
    latest = await observeVault(agent, latest);
    report.update({ vault: latest.report });
    if (latest.report?.state !== state) changedAt = clock.monotonic();
    try {
      await announcement.publish(serviceOf(latest.report, self.id));
      report.settle("vault");
    } catch (error) {
      signal.throwIfAborted();
      const text = `Vault is not announced: ${reasonOf(error)}`;
      report.setMessage("vault", { kind: "failing", reason: "VaultNotAnnounced", text });
    }
    const pause = changedAt + CHANGING_MS > clock.monotonic() ? SOON_MS : Math.min(USUAL_MS, pollInterval.ms());
    // A node without Vault observes again when a unit is started.
    await (latest.report === undefined ? pollInterval.shortened.wait(IDLE_MS, signal) : lost.wait(pause, signal));
  }
}

// Keeps `status/nodes/ID` in etcd what the report says: one write where something changed, none where nothing did.
import type { Kv } from "../drivers/etcd/port.ts";
import type { ConnectedAgent } from "./parts.ts";
import { reasonOf } from "./reason.ts";
import type { Report } from "./report.ts";

/** Gathers what changes together into one write. */
const GATHER_MS = 20;
const RETRY_MS = 2_000;
/** What stands in etcd is read again then: somebody may have deleted it. Nothing is written where it is as it was. */
const LOOK_AGAIN_MS = 60_000;

/** Writes the status whenever it differs from what was written last, for as long as it is not aborted. */
export async function publishStatus(agent: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const { report, clock, log } = agent;
  const { kv } = agent.etcd;
  const key = agent.keys.nodeStatus.of(agent.self.id);
  let written: string | undefined;
  let readAgainAt = 0;
  let failing = false;
  for (;;) {
    await report.changed.wait(LOOK_AGAIN_MS, signal);
    await clock.sleep(GATHER_MS, signal);
    try {
      if (clock.monotonic() >= readAgainAt) {
        written = (await kv.get(key))?.value;
        readAgainAt = clock.monotonic() + LOOK_AGAIN_MS;
      }
      written = await writeStatus(report, kv, key, written);
      failing = false;
    } catch (error) {
      // The write may have come through all the same.
      readAgainAt = 0;
      if (!failing) log.warn({ about: "status", reason: reasonOf(error) }, "the status cannot be written");
      failing = true;
      report.changed.ring();
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

/** One write where there is something new; returns what stands in etcd now. */
export async function writeStatus(
  report: Report,
  kv: Kv,
  key: string,
  written: string | undefined,
): Promise<string | undefined> {
  const status = report.status();
  const text = status && JSON.stringify(status);
  if (text === undefined || text === written) return written;
  await kv.txn({ if: [], do: [{ put: key, value: text }] });
  return text;
}

// Keeps `status/nodes/ID` in etcd equal to the report: one write for a change, none without one. The events of the
// change are part of the same transaction.

import { recorder } from "../../coordination/event-recorder.ts";
import { transactionsOf } from "../../coordination/transactions.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { EtcdError, type Kv, type Write } from "../../drivers/etcd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { nodeEvents, type ReportedState, reportedBy } from "./events.ts";

/** Changes within this time become one write. */
const GATHER_MS = 20;
const RETRY_MS = 2_000;
/** The key is read again after this time, because an operator may have deleted it. An unchanged key is not written. */
const RECHECK_MS = 60_000;

/**
 * Writes the status whenever it differs from the last one written, until the signal is aborted. Retries each failure.
 */
export async function publishStatus(agent: ConnectedAgent, signal: AbortSignal): Promise<never> {
  const { report, clock, log } = agent;
  const { kv } = agent.etcd;
  const key = agent.keys.nodeStatus.of(agent.self.id);
  const events = recorder({
    self: agent.self.id,
    by: agent.self.name,
    as: "agent",
    keys: agent.keys,
    leases: agent.etcd.leases,
    clock,
  });
  let reported: ReportedState | undefined;
  let written: string | undefined;
  let readAgainAt = 0;
  let first = true;
  let failing = false;
  for (;;) {
    await report.changed.wait(RECHECK_MS, signal);
    await clock.sleep(GATHER_MS, signal);
    try {
      if (clock.monotonic() >= readAgainAt) {
        written = (await kv.get(key))?.value;
        readAgainAt = clock.monotonic() + RECHECK_MS;
        // The events of the status in etcd were recorded with it, also by a write whose answer was lost.
        if (first || failing) reported = reportedIn(key, written);
        first = false;
      }
      const status = report.status();
      const due = status && nodeEvents(reported, status, agent.self, clock.now());
      const writes: Write[] = [];
      for (const event of due?.events ?? []) writes.push(await events.event(event));
      written = await writeStatus(status, kv, key, written, writes);
      reported = due?.reported ?? reported;
      failing = false;
    } catch (error) {
      if (error instanceof EtcdError && error.kind === "lease-not-found") events.forgetLease();
      // The write may have succeeded although its answer is an error.
      readAgainAt = 0;
      if (!failing) log.warn({ topic: "status", reason: reasonOf(error) }, "the status cannot be written");
      failing = true;
      report.changed.wake();
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

function reportedIn(key: string, written: string | undefined): ReportedState | undefined {
  const status = written === undefined ? undefined : parseResource("NodeStatus", key, written);
  return status?.ok ? reportedBy(status.value) : undefined;
}

/**
 * Writes the status, after `events`, if either is new: in one transaction, unless they exceed the limits of one. Returns the value that etcd has now. */
export async function writeStatus(
  status: NodeStatus | undefined,
  kv: Kv,
  key: string,
  written: string | undefined,
  events: readonly Write[] = [],
): Promise<string | undefined> {
  const text = status && JSON.stringify(status);
  if (text === undefined || (text === written && events.length === 0)) return written;
  for (const part of transactionsOf([...events, { put: key, value: text }])) await kv.txn({ if: [], do: part });
  return text;
}

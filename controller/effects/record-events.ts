// Writes together with the events that they make true.
import { transactionsOf } from "../../coordination/transactions.ts";
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "./deps.ts";

/**
 * Records the events and writes in one transaction. If they exceed the limits of one, several transactions run in this
 * order, with the events first. Rejects as `fencedWrite` does.
 */
export async function recordEvents(
  { fencedWrite, events }: EffectDeps,
  newEvents: readonly NewEvent[],
  writes: readonly Write[],
): Promise<void> {
  const recorded: Write[] = [];
  for (const newEvent of newEvents) recorded.push(await events.event(newEvent));
  for (const part of transactionsOf([...recorded, ...writes])) await fencedWrite(part);
}

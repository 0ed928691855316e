// Writes together with the events that they make true.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "./deps.ts";

/** Below etcd's default limits for a transaction: 128 writes and 1.5 MiB. */
const MOST_WRITES = 100;
const MOST_BYTES = 1024 * 1024;

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
  for (const part of partsOf([...recorded, ...writes])) await fencedWrite(part);
}

function partsOf(writes: readonly Write[]): Write[][] {
  const parts: Write[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = "value" in write ? Buffer.byteLength(write.value) : 0;
    const part = parts.at(-1);
    bytes += size;
    if (part && part.length < MOST_WRITES && bytes <= MOST_BYTES) part.push(write);
    else {
      parts.push([write]);
      bytes = size;
    }
  }
  return parts;
}

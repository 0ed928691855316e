// Writes together with what the story says of them.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "./deps.ts";

/** What etcd takes in a transaction, unless it is told otherwise: 128 writes, and 1.5 MiB. */
const MOST_WRITES = 100;
const MOST_BYTES = 1024 * 1024;

/** In one transaction, unless it is more than etcd takes in one: then one after the other in this order, the news first. */
export async function recordEvents(
  { fencedWrite, events }: EffectDeps,
  newEvents: readonly NewEvent[],
  writes: readonly Write[],
): Promise<void> {
  const recorded: Write[] = [];
  for (const one of newEvents) recorded.push(await events.event(one));
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

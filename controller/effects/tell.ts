// Writes together with what the story says of them.
import type { News } from "../../crd-like-specs/event.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "./deps.ts";

/** etcd takes at most 128 writes in a transaction, unless it is told otherwise. */
const MOST_WRITES = 100;

/** One transaction, unless there are more writes than etcd takes in one: then the news is in the first. */
export async function tell(
  { pen, events }: EffectDeps,
  news: readonly News[],
  writes: readonly Write[],
): Promise<void> {
  const told: Write[] = [];
  for (const one of news) told.push(await events.event(one));
  const all = [...told, ...writes];
  for (let at = 0; at < all.length; at += MOST_WRITES) await pen(all.slice(at, at + MOST_WRITES));
}

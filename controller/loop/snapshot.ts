// What a round plans on: everything under the prefix, not older than what this controller itself has written.
import { filter, firstValueFrom, map, merge, type Observable } from "rxjs";
import type { Snapshot } from "../../coordination/informer.ts";
import type { Etcd, KeyValue } from "../../drivers/etcd/port.ts";
import type { Context } from "../context.ts";
import { after } from "./timer.ts";

/** How long a round waits for the watch to show what the one before it wrote. */
const OWN_WRITES_MS = 3000;

interface Needs extends Pick<Context, "keys" | "clock"> {
  readonly etcd: Pick<Etcd, "kv">;
  readonly snapshots: Observable<Snapshot>;
}

/**
 * The first snapshot at `revision` or later: planning on an older one would do things twice. Where the watch is broken
 * or lags, etcd is asked for a list: what an operator has written since, `paused` above all, must not be missed.
 */
export async function readOwnWrites(
  { etcd, keys, clock, snapshots }: Needs,
  revision: number,
): Promise<ReadonlyMap<string, KeyValue>> {
  const late = after(clock, OWN_WRITES_MS).pipe(map(() => undefined));
  const usable = snapshots.pipe(filter(snapshot => snapshot.stale || snapshot.revision >= revision));
  const shown = await firstValueFrom(merge(usable, late));
  if (shown !== undefined && !shown.stale) return shown.kvs;
  const { kvs } = await etcd.kv.list(keys.root);
  return new Map(kvs.map(kv => [kv.key, kv]));
}

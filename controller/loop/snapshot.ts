// The snapshot for a round: all keys under the prefix, at least as new as the last write of this controller.
import { filter, firstValueFrom, map, merge, type Observable } from "rxjs";
import type { Snapshot } from "../../coordination/informer.ts";
import type { Etcd, KeyValue } from "../../drivers/etcd/port.ts";
import type { Context } from "../context.ts";
import { after } from "./timer.ts";

/** How long a round waits until the watch shows the writes of the previous round. */
const OWN_WRITES_MS = 3000;

interface Needs extends Pick<Context, "keys" | "clock"> {
  readonly etcd: Pick<Etcd, "kv">;
  readonly snapshots: Observable<Snapshot>;
}

/**
 * The first snapshot at `revision` or later, because a plan on an older one would repeat actions. If the watch is
 * broken or late, it lists the prefix instead, so that writes of an operator, above all `paused`, are seen. Rejects
 * with an EtcdError.
 */
export async function readOwnWrites(
  { etcd, keys, clock, snapshots }: Needs,
  revision: number,
): Promise<ReadonlyMap<string, KeyValue>> {
  const late = after(clock, OWN_WRITES_MS).pipe(map(() => undefined));
  const usable = snapshots.pipe(filter(snapshot => snapshot.stale || snapshot.revision >= revision));
  const snapshot = await firstValueFrom(merge(usable, late));
  if (snapshot !== undefined && !snapshot.stale) return snapshot.kvs;
  const { kvs } = await etcd.kv.list(keys.root);
  return new Map(kvs.map(kv => [kv.key, kv]));
}

// Divides writes that may exceed etcd's limits for one transaction.
import type { Write } from "../drivers/etcd/port.ts";

/** Below etcd's default limits for a transaction: 128 writes and 1.5 MiB. */
const MOST_WRITES = 100;
const MOST_BYTES = 1024 * 1024;

/** The writes in their order, in as few transactions as fit the limits: one, but for very many or very large ones. */
export function transactionsOf(writes: readonly Write[]): Write[][] {
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

// One watch stream as a promise, so that code that waits for a change in etcd reads top to bottom and stops by a
// signal.
import type { Kv, WatchBatch } from "../drivers/etcd/port.ts";

/**
 * Watches `prefix` from revision `from` and calls `onBatch` with each batch in order. Resolves when `onBatch` returns
 * true. Rejects with the stream's EtcdError when it breaks, and with the signal's reason on an abort.
 */
export function follow(
  kv: Kv,
  prefix: string,
  from: number,
  signal: AbortSignal,
  onBatch: (batch: WatchBatch) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let settled = false;
    let unsubscribe = () => {};
    function settle(how: () => void): void {
      settled = true;
      signal.removeEventListener("abort", abort);
      unsubscribe();
      how();
    }
    const abort = () => settle(() => reject(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    const subscription = kv.watch(prefix, from).subscribe({
      next: batch => {
        if (!settled && onBatch(batch)) settle(resolve);
      },
      error: error => settle(() => reject(error)),
    });
    unsubscribe = () => subscription.unsubscribe();
    if (settled) unsubscribe(); // settled before subscribe returned
  });
}

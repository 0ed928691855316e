// One watch stream as a promise: what waits for something in etcd reads top to bottom, and gives up by a signal.
import type { Kv, WatchBatch } from "../drivers/etcd/port.ts";

/**
 * Hands each batch to `take`, in order, until `take` returns true (resolves), the stream breaks (rejects with its
 * EtcdError) or the signal is aborted (rejects with its reason).
 */
export function follow(
  kv: Kv,
  prefix: string,
  from: number,
  signal: AbortSignal,
  take: (batch: WatchBatch) => boolean,
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
        if (!settled && take(batch)) settle(resolve);
      },
      error: error => settle(() => reject(error)),
    });
    unsubscribe = () => subscription.unsubscribe();
    if (settled) unsubscribe(); // it was over before subscribe returned
  });
}

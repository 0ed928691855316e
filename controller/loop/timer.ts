// A clock's sleep as an Observable, cancelled when the subscriber leaves.
import { Observable } from "rxjs";
import type { Clock } from "../../drivers/clock/port.ts";

/** Emits once after `ms` milliseconds, and completes. */
export function after(clock: Clock, ms: number): Observable<void> {
  return new Observable(subscriber => {
    const off = new AbortController();
    clock.sleep(ms, off.signal).then(
      () => {
        subscriber.next();
        subscriber.complete();
      },
      () => {}, // cancelled
    );
    return () => off.abort(null);
  });
}

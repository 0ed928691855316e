// A clock's sleep as a stream, called off as soon as nobody waits for it any more.
import { Observable } from "rxjs";
import type { Clock } from "../../drivers/clock/port.ts";

/** Emits once, after `ms`. */
export function after(clock: Clock, ms: number): Observable<void> {
  return new Observable(subscriber => {
    const off = new AbortController();
    clock.sleep(ms, off.signal).then(
      () => {
        subscriber.next();
        subscriber.complete();
      },
      () => {}, // called off
    );
    return () => off.abort(null);
  });
}

// Merges triggers: all triggers during a round start one more round after it, and none is lost.
import { Observable } from "rxjs";

/**
 * Runs `work` at the first trigger, and again after each run in which a trigger came. Emits the results in order, and
 * fails when `work` does.
 */
export function conflate<T>(triggers: Observable<unknown>, work: () => Promise<T>): Observable<T> {
  return new Observable(subscriber => {
    let running = false;
    let waiting = false;
    const run = async () => {
      running = true;
      do {
        waiting = false;
        subscriber.next(await work());
      } while (waiting && !subscriber.closed);
      running = false;
    };
    return triggers.subscribe({
      next: () => {
        if (running) waiting = true;
        else run().catch(error => subscriber.error(error));
      },
      error: error => subscriber.error(error),
    });
  });
}

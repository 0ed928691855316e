// A process that can be stopped and woken, as by SIGSTOP or in a paused virtual machine. Its requests still take effect
// and time goes on, but answers and events reach it only when it runs again.
import { Observable } from "rxjs";

export interface Stoppable {
  stopped(): boolean;
  stop(): void;
  wake(): void;
  /** Resolves as soon as the process runs. */
  runs(): Promise<void>;
  /** A proxy of the object for this process. Its answers and events arrive only while the process runs. */
  behind<T extends object>(target: T): T;
}

export function stoppable(): Stoppable {
  let woken: Promise<void> | undefined;
  let resume: () => void = () => {};

  const delayed = <T>(answer: Promise<T>): Promise<T> =>
    answer.then(
      value => (woken ? woken.then(() => value) : value),
      error => (woken ? woken.then(() => Promise.reject(error)) : Promise.reject(error)),
    );

  /** Delays events, and the end of the stream, in their order while the process is stopped. */
  const delayedStream = (stream: Observable<unknown>) =>
    new Observable<unknown>(subscriber => {
      let queue: Promise<void> | undefined;
      const deliver = (event: () => void) => {
        if (!woken && !queue) return event();
        const delivery = (queue ?? Promise.resolve()).then(() => woken).then(event);
        queue = delivery;
        void delivery.then(() => {
          if (queue === delivery) queue = undefined;
        });
      };
      return stream.subscribe({
        next: value => deliver(() => subscriber.next(value)),
        error: error => deliver(() => subscriber.error(error)),
        complete: () => deliver(() => subscriber.complete()),
      });
    });

  const behind = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value === "object" && value !== null) return behind(value);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, target, args);
          if (result instanceof Promise) return delayed(result);
          return result instanceof Observable ? delayedStream(result) : result;
        };
      },
    });

  return {
    stopped: () => woken !== undefined,
    stop() {
      woken ??= new Promise(resolve => {
        resume = resolve;
      });
    },
    wake() {
      woken = undefined;
      resume();
    },
    runs: () => woken ?? Promise.resolve(),
    behind,
  };
}

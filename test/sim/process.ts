// A process that can be stopped and woken, as SIGSTOP or a paused virtual machine does to it: what it asked for still
// happens, time goes on, and it hears of all that only once it runs again.
import { Observable } from "rxjs";

export interface Stoppable {
  stopped(): boolean;
  stop(): void;
  wake(): void;
  /** Resolves as soon as the process runs. */
  runs(): Promise<void>;
  /** The object as this process has it: answers and events reach it only while it runs. */
  behind<T extends object>(target: T): T;
}

export function stoppable(): Stoppable {
  let woken: Promise<void> | undefined;
  let tell: () => void = () => {};

  const held = <T>(answer: Promise<T>): Promise<T> =>
    answer.then(
      value => (woken ? woken.then(() => value) : value),
      error => (woken ? woken.then(() => Promise.reject(error)) : Promise.reject(error)),
    );

  /** Events that come meanwhile wait in line, and so does the end of the stream. */
  const heldStream = (stream: Observable<unknown>) =>
    new Observable<unknown>(subscriber => {
      let line: Promise<void> | undefined;
      const hand = (event: () => void) => {
        if (!woken && !line) return event();
        const turn = (line ?? Promise.resolve()).then(() => woken).then(event);
        line = turn;
        void turn.then(() => {
          if (line === turn) line = undefined;
        });
      };
      return stream.subscribe({
        next: value => hand(() => subscriber.next(value)),
        error: error => hand(() => subscriber.error(error)),
        complete: () => hand(() => subscriber.complete()),
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
          if (result instanceof Promise) return held(result);
          return result instanceof Observable ? heldStream(result) : result;
        };
      },
    });

  return {
    stopped: () => woken !== undefined,
    stop() {
      woken ??= new Promise(resolve => {
        tell = resolve;
      });
    },
    wake() {
      woken = undefined;
      tell();
    },
    runs: () => woken ?? Promise.resolve(),
    behind,
  };
}

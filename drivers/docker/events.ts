// Signals without content after which a caller reads again: node events, across reconnects, and polled changes.
import { distinctUntilChanged, exhaustMap, map, Observable, skip, takeWhile, timer } from "rxjs";
import { backoff } from "../clock/backoff.ts";

/** The first and the longest wait before a reconnect (chosen). */
const firstRetryMs = 100;
const longestRetryMs = 3_000;
/** An engine notices within 3 s (measured) that a manager is unreachable. Polling adds half a second on average. */
const pollMs = 1_000;

/**
 * Emits once for each new connection, each lost connection and each node event in between.
 * `open` starts one stream of newline-framed JSON. It is called again after a growing back-off, until the subscriber
 * leaves or `closed` is aborted. `random` returns numbers from 0 to 1, which spread the waits.
 */
export function nodeEventStream(
  open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  closed: AbortSignal,
  random: () => number,
): Observable<void> {
  return new Observable(subscriber => {
    const unsubscribed = new AbortController();
    const signal = AbortSignal.any([unsubscribed.signal, closed]);
    const run = async () => {
      const waits = backoff({ firstMs: firstRetryMs, mostMs: longestRetryMs, random });
      while (!signal.aborted) {
        let connected = false;
        try {
          const stream = await open(signal);
          connected = true;
          waits.reset();
          subscriber.next();
          await eachLine(stream, () => subscriber.next());
        } catch {
          // Every other call reports why the engine does not answer. This loop only waits.
        }
        if (signal.aborted) break;
        if (connected) subscriber.next();
        await pause(waits.next(), signal);
      }
      subscriber.complete();
    };
    void run();
    return () => unsubscribed.abort();
  });
}

/** Emits whenever `observe` resolves to another text than before, for changes that have no event. */
export function changesOf(observe: () => Promise<string>, closed: AbortSignal): Observable<void> {
  return timer(0, pollMs).pipe(
    exhaustMap(observe),
    takeWhile(() => !closed.aborted),
    distinctUntilChanged(),
    skip(1),
    map(() => undefined),
  );
}

/** Calls `line` for each newline, because a chunk may hold half an event or several. Resolves when the stream ends. */
async function eachLine(stream: NodeJS.ReadableStream, line: () => void): Promise<void> {
  for await (const chunk of stream) for (const byte of Buffer.from(chunk)) if (byte === 10) line();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(waiting);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const waiting = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

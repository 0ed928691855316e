// Bare "look again" signals: node events over connections that come and go, and what changes without one.
import { distinctUntilChanged, exhaustMap, map, Observable, skip, takeWhile, timer } from "rxjs";
import { backoff } from "../clock/backoff.ts";

const firstRetryMs = 100;
const longestRetryMs = 3_000;
/** An engine knows within 3 s (measured) that a manager is away: half of one more is lost by asking. */
const pollMs = 1_000;

/**
 * Emits once for each connection made, each one lost, and each node event between.
 * `open` starts one stream of newline-framed JSON; it is asked again, ever more slowly, until unsubscribed or `closed`.
 * `random`: from 0 to 1, spreads the waits.
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
          // Why the engine is away is told by every other call; here it only means waiting.
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

/** Emits whenever `look` comes to something else than before, for what no event tells. */
export function changesOf(observe: () => Promise<string>, closed: AbortSignal): Observable<void> {
  return timer(0, pollMs).pipe(
    exhaustMap(observe),
    takeWhile(() => !closed.aborted),
    distinctUntilChanged(),
    skip(1),
    map(() => undefined),
  );
}

/** A chunk may hold half an event or several: what counts is the newline that ends each. Resolves when the stream ends. */
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

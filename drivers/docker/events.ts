// Node events as bare "look again" signals, over connections that come and go.
import { Observable } from "rxjs";

const firstRetryMs = 100;
const longestRetryMs = 3_000;

/**
 * Emits once for each connection made, each one lost, and each node event between.
 * `open` starts one stream of newline-framed JSON; it is asked again, ever more slowly, until unsubscribed or `closed`.
 */
export function nodeEventStream(
  open: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  closed: AbortSignal,
): Observable<void> {
  return new Observable(subscriber => {
    const unsubscribed = new AbortController();
    const signal = AbortSignal.any([unsubscribed.signal, closed]);
    const run = async () => {
      let retryMs = firstRetryMs;
      while (!signal.aborted) {
        let connected = false;
        try {
          const stream = await open(signal);
          connected = true;
          retryMs = firstRetryMs;
          subscriber.next();
          await eachLine(stream, () => subscriber.next());
        } catch {
          // Why the engine is away is told by every other call; here it only means waiting.
        }
        if (signal.aborted) break;
        if (connected) subscriber.next();
        await pause(retryMs, signal);
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
      subscriber.complete();
    };
    void run();
    return () => unsubscribed.abort();
  });
}

/** A chunk may hold half an event or several: what counts is the newline that ends each. Resolves when the stream ends. */
async function eachLine(stream: NodeJS.ReadableStream, line: () => void): Promise<void> {
  for await (const chunk of stream) for (const byte of Buffer.from(chunk)) if (byte === 10) line();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { counted } from "../../test/fixtures/count-values.ts";
import { changesOf, nodeEventStream } from "./events.ts";

const closed = new AbortController();
afterEach(() => vi.useRealTimers());
/** Makes each wait as long as it can be. */
const longest = () => 1;

/** Runs everything that can run without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0);

it("emits once for the connection and once for each whole line, even if chunks split it", async () => {
  vi.useFakeTimers();
  const stream = new PassThrough();
  const { count, subscription } = counted(nodeEventStream(async () => stream, closed.signal, longest));
  await settle();
  expect(count()).toBe(1);
  stream.write('{"Type":"no');
  await settle();
  expect(count()).toBe(1);
  stream.write('de"}\n{"Type":"node"}\n{"Ty');
  await settle();
  expect(count()).toBe(3);
  subscription.unsubscribe();
});

it("reconnects after growing waits, and emits for the loss and the return", async () => {
  vi.useFakeTimers();
  const openedAt: number[] = [];
  const start = Date.now();
  const streams: PassThrough[] = [];
  const open = async () => {
    openedAt.push(Date.now() - start);
    if (openedAt.length > 1 && openedAt.length < 4) throw new Error("no engine");
    const stream = new PassThrough();
    streams.push(stream);
    return stream;
  };
  const { count, subscription } = counted(nodeEventStream(open, closed.signal, longest));
  await settle();
  expect(count()).toBe(1);
  streams[0]?.end();
  await settle();
  expect(count()).toBe(2);
  await vi.advanceTimersByTimeAsync(700);
  expect(openedAt).toEqual([0, 100, 300, 700]);
  expect(count()).toBe(3);
  subscription.unsubscribe();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(openedAt).toHaveLength(4);
});

it("stops its stream when unsubscribed", async () => {
  let signal: AbortSignal | undefined;
  const open = (given: AbortSignal) => {
    signal = given;
    return new Promise<never>(() => {});
  };
  nodeEventStream(open, closed.signal, longest).subscribe().unsubscribe();
  expect(signal?.aborted).toBe(true);
});

it("emits when a polled value changes, until it is closed", async () => {
  vi.useFakeTimers();
  const end = new AbortController();
  const answers = ["h1 h2", "h1 h2", "h1", "no-leader", "no-leader", "h1"];
  let observations = 0;
  const { count, subscription } = counted(changesOf(async () => answers[observations++] ?? "h1", end.signal));
  const counts: number[] = [];
  await settle();
  for (let second = 0; second < answers.length; second++) {
    counts.push(count());
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(counts).toEqual([0, 0, 1, 2, 2, 3]);
  end.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(subscription.closed).toBe(true);
});

it("does not poll again while a poll is running", async () => {
  vi.useFakeTimers();
  let observations = 0;
  const subscription = changesOf(() => {
    observations += 1;
    return new Promise(() => {});
  }, closed.signal).subscribe();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(observations).toBe(1);
  subscription.unsubscribe();
});

import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { nodeEventStream } from "./events.ts";

const closed = new AbortController();
afterEach(() => vi.useRealTimers());

/** Lets everything run that can, without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0);

it("emits once for the connection and once for each whole line, however it was cut up", async () => {
  vi.useFakeTimers();
  const stream = new PassThrough();
  let count = 0;
  const subscription = nodeEventStream(async () => stream, closed.signal).subscribe(() => {
    count += 1;
  });
  await settle();
  expect(count).toBe(1);
  stream.write('{"Type":"no');
  await settle();
  expect(count).toBe(1);
  stream.write('de"}\n{"Type":"node"}\n{"Ty');
  await settle();
  expect(count).toBe(3);
  subscription.unsubscribe();
});

it("connects again, ever more slowly, and tells of the loss and of the return", async () => {
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
  let count = 0;
  const subscription = nodeEventStream(open, closed.signal).subscribe(() => {
    count += 1;
  });
  await settle();
  expect(count).toBe(1);
  streams[0]?.end();
  await settle();
  expect(count).toBe(2);
  await vi.advanceTimersByTimeAsync(700);
  expect(openedAt).toEqual([0, 100, 300, 700]);
  expect(count).toBe(3);
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
  nodeEventStream(open, closed.signal).subscribe().unsubscribe();
  expect(signal?.aborted).toBe(true);
});

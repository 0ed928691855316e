// The back-off of a client of etcd.
import { type Backoff, backoff } from "../drivers/clock/backoff.ts";

/** Waits at most 50 ms after the first failure and at most 2 s after many. `random`: in [0, 1). */
export const etcdBackoff = (random: () => number = Math.random): Backoff =>
  backoff({ firstMs: 50, mostMs: 2_000, random });

// How long a client of etcd waits before it tries again.
import { type Backoff, backoff } from "../drivers/clock/backoff.ts";

/** 50 ms at most after the first failure, 2 s at most after many. */
export const etcdBackoff = (random: () => number = Math.random): Backoff =>
  backoff({ firstMs: 50, mostMs: 2_000, random });

// Time as something handed in, so that a simulation can turn it and a pause of the process can be noticed.

export interface Clock {
  /** Wall time, milliseconds since 1970. For people and for records; it may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, never backwards. For deadlines and ages. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

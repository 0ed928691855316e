// Time as a dependency, so that a simulation can control it and a process can notice that it was paused.

export interface Clock {
  /** Wall time in milliseconds since 1970, for messages and records. It may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start, for deadlines and ages. It never goes backwards. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// The behaviour of the programs that the fake of systemd starts.

export interface Program {
  /** Milliseconds until it reports that it is ready. Used for Type=notify only. */
  readonly readyMs: number;
  /** Milliseconds until it ends. Infinity for a program that does not end. */
  readonly endsMs: number;
  /** Its exit code. */
  readonly code: number;
}

/** Called when a program starts. The signal is aborted when it ends in any way. Undefined: use `ordinaryPrograms`. */
export type ProgramOf = (unit: string, command: readonly string[], run: AbortSignal) => Program | undefined;

/**
 * `true`, `false` and `sleep` behave as usual. Everything else is a daemon that is ready immediately and does not end.
 */
export const ordinaryPrograms = (_unit: string, command: readonly string[]): Program => {
  const name = command[0]?.split("/").at(-1);
  if (name === "true") return { readyMs: 0, endsMs: 0, code: 0 };
  if (name === "false") return { readyMs: 0, endsMs: 0, code: 1 };
  const seconds = name === "sleep" ? Number(command[1]) : Number.NaN;
  return { readyMs: 0, endsMs: Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds * 1_000, code: 0 };
};

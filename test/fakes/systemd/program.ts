// How the programs behave that the twin of systemd starts.

export interface Program {
  /** Until it says that it is ready; counts for Type=notify alone. */
  readonly readyMs: number;
  /** Until it ends by itself; infinity for one that goes on. */
  readonly endsMs: number;
  /** With which it ends then. */
  readonly code: number;
}

/** Called when a program starts; the signal is aborted when it is over, however it ended. */
export type ProgramOf = (unit: string, command: readonly string[], run: AbortSignal) => Program | undefined;

/** `true`, `false` and `sleep` do what they do; everything else is a daemon that is ready at once and goes on. */
export const ordinaryPrograms = (_unit: string, command: readonly string[]): Program => {
  const name = command[0]?.split("/").at(-1);
  if (name === "true") return { readyMs: 0, endsMs: 0, code: 0 };
  if (name === "false") return { readyMs: 0, endsMs: 0, code: 1 };
  const seconds = name === "sleep" ? Number(command[1]) : Number.NaN;
  return { readyMs: 0, endsMs: Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : seconds * 1_000, code: 0 };
};

// Why a unit is not healthy: a reason that programs compare, and a sentence that people read.
import { z } from "zod";

const UNIT_REASONS = [
  /** systemd calls it failed. */
  "Failed",
  /** systemd starts it again and again. */
  "CrashLoop",
  /** It ended, and systemd is about to start it again. */
  "AwaitingRestart",
  /** systemd knows no unit of this name. */
  "NotFound",
  /** systemd found a file and cannot use it. */
  "NotLoaded",
  /** A oneshot that has not run yet. */
  "NotStarted",
  /** A oneshot that still runs for the first time. */
  "NotFinished",
  "NotRunning",
  "Starting",
  "Stopping",
  /** It runs, and the check that its file names fails. */
  "CheckFailed",
  /** Any other state of systemd. */
  "UnexpectedState",
] as const;

export const UnitProblem = z.object({
  reason: z.enum(UNIT_REASONS),
  /** It is a state on the way to another: a moment later it may be gone by itself. */
  transient: z.boolean(),
  message: z.string(),
});
export type UnitProblem = z.infer<typeof UnitProblem>;

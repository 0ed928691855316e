// Why a unit is unhealthy: a reason for programs and a human-readable message.
import { z } from "zod";

const UNIT_REASONS = [
  /** Its state in systemd is `failed`. */
  "Failed",
  /** systemd restarts it again and again. */
  "CrashLoop",
  /** It has ended, and systemd is about to restart it. */
  "AwaitingRestart",
  /** systemd knows no unit of this name. */
  "NotFound",
  /** systemd has a file and cannot load it. */
  "NotLoaded",
  /** A oneshot that has not run yet. */
  "NotStarted",
  /** A oneshot that runs for the first time and has not finished. */
  "NotFinished",
  "NotRunning",
  "Starting",
  "Stopping",
  /** It runs, and its health check fails. */
  "CheckFailed",
  /** Any other state of systemd. */
  "UnexpectedState",
] as const;

export const UnitProblem = z.object({
  reason: z.enum(UNIT_REASONS),
  /** Whether the state may change within moments without any action. */
  transient: z.boolean(),
  message: z.string(),
});
export type UnitProblem = z.infer<typeof UnitProblem>;

// Whether a unit is well, by the rules of its kind: pure. The leader goes by this and by nothing else, so that the words
// stay the same while what they say does.
import type { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";

/** More automatic restarts than one can be a mishap. */
const MANY_RESTARTS = 3;
/** Up for so long since the last of them, it is not being restarted any more. */
const STEADY_MS = 300_000;

export interface UnitSeen {
  readonly state: UnitState;
  /** Whether it has been started with its file; a oneshot may be seen to run and not to have ended. */
  readonly ran: "no" | "unfinished" | "yes";
  /** Wall time, as systemd's. */
  readonly now: number;
}

const lasting = (reason: UnitProblem["reason"], message: string): UnitProblem => ({
  reason,
  transient: false,
  message,
});
const transient = (reason: UnitProblem["reason"], message: string): UnitProblem => ({
  reason,
  transient: true,
  message,
});

/** Why it is not well; undefined while it is. */
export function unitProblem(seen: UnitSeen): UnitProblem | undefined {
  const { load, active, sub, result, type, name } = seen.state;
  if (active === "failed") return lasting("Failed", `has failed (${result})`);
  // Whatever it does at this moment: one word for a unit that comes and goes.
  if (isRestartedOften(seen)) return lasting("CrashLoop", "keeps being restarted");
  if (sub.startsWith("auto-restart"))
    return lasting("AwaitingRestart", "has ended, and waits for its automatic restart");
  if (active === "inactive" && load === "not-found") return lasting("NotFound", "is not known to systemd");
  if (active === "inactive" && load !== "loaded") return lasting("NotLoaded", `cannot be used by systemd (${load})`);
  if (!name.endsWith(".service")) return active === "active" ? undefined : stateProblem(active);
  return type === "oneshot" ? oneshotProblem(seen) : serviceProblem(active);
}

/** `why`: what the check that its file names says. */
export const failedCheck = (why: string): UnitProblem => lasting("CheckFailed", `its check fails: ${why}`);

function isRestartedOften({ state: { restarts, since }, now }: UnitSeen): boolean {
  return restarts >= MANY_RESTARTS && (since === undefined || now - since < STEADY_MS);
}

/** One that has finished has done what it is for, and a timer may run it again whenever it likes. */
function oneshotProblem({ state: { active, remains }, ran }: UnitSeen): UnitProblem | undefined {
  if (active === "inactive" && ran === "no") return transient("NotStarted", "has not been started");
  if (active === "inactive") return remains ? stateProblem(active) : undefined;
  return ran !== "yes" && active === "activating" ? transient("NotFinished", "has not finished yet") : undefined;
}

const serviceProblem = (active: string): UnitProblem | undefined =>
  ["active", "reloading", "refreshing"].includes(active) ? undefined : stateProblem(active);

function stateProblem(active: string): UnitProblem {
  if (active === "inactive") return transient("NotRunning", "does not run");
  if (active === "activating") return transient("Starting", "is starting");
  return active === "deactivating" ? transient("Stopping", "is stopping") : lasting("UnexpectedState", `is ${active}`);
}

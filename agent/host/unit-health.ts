// Whether a unit is healthy, by the rules of its kind. Pure. The leader decides by the `reason` alone, and a reason
// stays the same as long as its cause does.
import type { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";

/** Fewer automatic restarts can be an accident. */
const MANY_RESTARTS = 3;
/** A unit that is up for this time since its last restart is no longer in a crash loop. */
const STEADY_MS = 300_000;

export interface ObservedUnit {
  readonly state: UnitState;
  /** Whether it has been started with its file. `unfinished`: a oneshot that was observed running, but not ended. */
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

/** Why the unit is unhealthy, or undefined. The message is a phrase that follows the unit's name. */
export function unitProblem(observed: ObservedUnit): UnitProblem | undefined {
  const { load, active, sub, result, type, name } = observed.state;
  if (active === "failed") return lasting("Failed", `has failed (${result})`);
  // In any state: a unit that flaps keeps one reason.
  if (isRestartedOften(observed)) return lasting("CrashLoop", "keeps being restarted");
  if (sub.startsWith("auto-restart"))
    return lasting("AwaitingRestart", "has ended and waits for its automatic restart");
  if (active === "inactive" && load === "not-found") return lasting("NotFound", "is not known to systemd");
  if (active === "inactive" && load !== "loaded") return lasting("NotLoaded", `cannot be used by systemd (${load})`);
  if (!name.endsWith(".service")) return active === "active" ? undefined : stateProblem(active);
  return type === "oneshot" ? oneshotProblem(observed) : serviceProblem(active);
}

/** `why`: the error of the health check in its unit file. */
export const failedCheck = (why: string): UnitProblem => lasting("CheckFailed", `its health check fails: ${why}`);

function isRestartedOften({ state: { restarts, since }, now }: ObservedUnit): boolean {
  return restarts >= MANY_RESTARTS && (since === undefined || now - since < STEADY_MS);
}

/** A oneshot that has finished is healthy. A timer may run it again at any time. */
function oneshotProblem({ state: { active, remains }, ran }: ObservedUnit): UnitProblem | undefined {
  if (active === "inactive" && ran === "no") return transient("NotStarted", "has not been started");
  if (active === "inactive") return remains ? stateProblem(active) : undefined;
  return ran !== "yes" && active === "activating" ? transient("NotFinished", "has not finished yet") : undefined;
}

const serviceProblem = (active: string): UnitProblem | undefined =>
  ["active", "reloading", "refreshing"].includes(active) ? undefined : stateProblem(active);

function stateProblem(active: string): UnitProblem {
  if (active === "inactive") return transient("NotRunning", "is not running");
  if (active === "activating") return transient("Starting", "is starting");
  return active === "deactivating" ? transient("Stopping", "is stopping") : lasting("UnexpectedState", `is ${active}`);
}

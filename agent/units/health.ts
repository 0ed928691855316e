// Whether a unit is well, by the rules of its kind: pure. The leader goes by this and by nothing else, so that the words
// stay the same while what they say does.
import type { UnitState } from "../../drivers/systemd/port.ts";

export const RESTARTED = "keeps being restarted";

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

/** Why it is not well; undefined while it is. */
export function unitProblem(seen: UnitSeen): string | undefined {
  const { load, active, sub, result, type, name } = seen.state;
  if (active === "failed") return `has failed (${result})`;
  // Whatever it does at this moment: one word for a unit that comes and goes.
  if (isRestartedOften(seen)) return RESTARTED;
  if (sub.startsWith("auto-restart")) return "has ended, and waits for its automatic restart";
  if (active === "inactive" && load === "not-found") return "is not known to systemd";
  if (active === "inactive" && load !== "loaded") return `cannot be used by systemd (${load})`;
  if (!name.endsWith(".service")) return active === "active" ? undefined : stateProblem(active);
  return type === "oneshot" ? oneshotProblem(seen) : serviceProblem(active);
}

function isRestartedOften({ state: { restarts, since }, now }: UnitSeen): boolean {
  return restarts >= MANY_RESTARTS && (since === undefined || now - since < STEADY_MS);
}

/** A problem that is but a state on the way to another. */
export const isPassing = (problem: string | undefined): boolean =>
  problem !== undefined && /^(is starting|is stopping|does not run|has not )/.test(problem);

/** One that has finished has done what it is for, and a timer may run it again whenever it likes. */
function oneshotProblem({ state: { active, remains }, ran }: UnitSeen): string | undefined {
  if (active === "inactive" && ran === "no") return "has not been started";
  if (active === "inactive") return remains ? stateProblem(active) : undefined;
  return ran !== "yes" && active === "activating" ? "has not finished yet" : undefined;
}

const serviceProblem = (active: string): string | undefined =>
  ["active", "reloading", "refreshing"].includes(active) ? undefined : stateProblem(active);

function stateProblem(active: string): string {
  if (active === "inactive") return "does not run";
  if (active === "activating") return "is starting";
  return active === "deactivating" ? "is stopping" : `is ${active}`;
}

// Observes the assigned units and reports for each its state and its unit problem: by the rules of its kind, then by
// the health check of its file.
import type { UnitReport } from "../../crd-like-specs/resources/node-status.ts";
import type { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { failedCheck, unitProblem } from "../host/unit-health.ts";
import { unitCheck } from "./unit-check.ts";

/** Observes once. If systemd does not answer, the last reports stay. */
export async function observeUnits(agent: ConnectedAgent): Promise<void> {
  const names = agent.store.state().assignment?.units ?? [];
  const units = await agent.systemd.show(names).catch(() => undefined);
  if (units) agent.report.update({ units: await Promise.all(units.map(unit => reportOf(agent, unit))) });
}

async function reportOf(agent: ConnectedAgent, state: UnitState): Promise<UnitReport> {
  const { name, active, sub, restarts, since } = state;
  const { assignment, started } = agent.store.state();
  const file = assignment?.files?.[name] === undefined ? undefined : started[name]?.file;
  const problem = await problemOf(agent, state);
  const before = agent.report.facts().units.find(unit => unit.name === name);
  // A unit in a crash loop has new figures at each observation. They are not worth a write.
  if (problem?.reason === "CrashLoop" && before?.problem?.reason === "CrashLoop" && before.file === file) return before;
  return {
    name,
    active,
    sub,
    restarts,
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(file !== undefined && { file }),
    ...(problem !== undefined && { problem }),
  };
}

async function problemOf(agent: ConnectedAgent, state: UnitState): Promise<UnitProblem | undefined> {
  const { store, clock } = agent;
  const note = store.state().started[state.name];
  const ran = note === undefined ? "no" : note.phase === "finishing" ? "unfinished" : "yes";
  return unitProblem({ state, ran, now: clock.now() }) ?? (await checkProblem(agent, state));
}

async function checkProblem(
  { host, checks }: ConnectedAgent,
  { name, active }: UnitState,
): Promise<UnitProblem | undefined> {
  if (active !== "active") return undefined;
  const check = await unitCheck(host, name);
  const why = check && (await checks.run(check));
  return why === undefined ? undefined : failedCheck(why);
}

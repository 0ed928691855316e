// Brings the units of this host to what is assigned, by plan.ts. What is noted on the disk between the acts makes a crash
// at any of them lead to the same end: nothing half written, nothing started twice, nothing left running with an old file.
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Drift } from "../../crd-like-specs/resources/node-status.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import { SystemdError } from "../../drivers/systemd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import type { AgentState, UnitNote } from "../host/state.ts";
import { SYSTEMD_UNITS } from "../host/systemd-units.ts";
import { dropVaultFiles, ensureVaultFiles } from "../vault/files.ts";
import { desiredUnits } from "./desired-units.ts";
import { ensureHostEnv } from "./host-env.ts";
import { inspectUnits } from "./inspect.ts";
import { planUnits, type Start, type Started, type UnitPlan } from "./plan.ts";
import { pruneTexts } from "./texts.ts";

/** What was put back longer ago than these is of no use to anybody. */
const DRIFT_KEPT = 5;

/**
 * Stops what goes or changes, in reverse order, while each file is still the old one: so that its ExecStop runs. Returns
 * what stands in the way.
 */
export async function stopUnits(agent: ConnectedAgent, assignment: Assignment): Promise<string[]> {
  // An etcd that is known to be away is not waited for here: it may be the next step that brings it back.
  const fetch = agent.report.facts().etcd?.healthy !== false;
  const seen = await inspectUnits(agent, assignment, { fetch });
  const plan = planUnits(seen.views, desiredUnits(assignment).units, seen.boot);
  if (plan.stop.length === 0) return [];
  // What is not stopped is put back later, and told then.
  const drift = plan.drift.filter(({ unit }) => plan.stop.includes(unit));
  await noteBegin(agent, { ...plan, drift }, seen.boot);
  return [...(await stopAll(agent, plan)).values()];
}

/** All of it; what has been stopped already is not stopped again. Returns what stands in the way. */
export async function runUnits(agent: ConnectedAgent, assignment: Assignment, signal: AbortSignal): Promise<string[]> {
  const { systemd, store, report } = agent;
  const seen = await inspectUnits(agent, assignment, { fetch: true });
  const desired = desiredUnits(assignment);
  const plan = planUnits(seen.views, desired.units, seen.boot);
  await ensureHostEnv(agent, assignment);
  await noteBegin(agent, plan, seen.boot);
  const stuck = await stopAll(agent, plan);
  const free = ({ unit }: { unit: string }) => !stuck.has(unit);
  await placeFiles(agent, plan, free);
  if (plan.refresh.length > 0) await systemd.refresh(plan.refresh);
  const start = plan.start.filter(free);
  await placeVaultFiles(agent, assignment, { drop: plan.drop.filter(free), start });
  const placed = plan.placed.filter(unit => !stuck.has(unit));
  await noteReady(
    agent,
    { ...plan, placed, drop: plan.drop.filter(free), settle: plan.settle.filter(free), start },
    seen.boot,
  );
  const unknown = plan.unknown.map(unit => `unit ${unit} is neither shipped nor known to systemd`);
  const { generation } = assignment;
  report.see({ unknownUnits: unknown.length > 0 ? { generation, names: [...plan.unknown] } : undefined });
  const problems = [...seen.problems, ...unknown, ...stuck.values()];
  for (const unit of start) {
    signal.throwIfAborted();
    problems.push(...(await startOne(agent, unit, seen.boot)));
  }
  if (problems.length === 0) {
    const run = Object.values(store.state().started).flatMap(({ file }) => file ?? []);
    await pruneTexts(agent, new Set([...Object.values(desired.files), ...run]));
  }
  return problems;
}

/** By unit, why it cannot be stopped: it is left as it is then. */
async function stopAll({ systemd, pacing, log }: ConnectedAgent, plan: UnitPlan): Promise<Map<string, string>> {
  const stuck = new Map<string, string>();
  for (const unit of plan.stop) {
    pacing.touched();
    log.info({ topic: "units", unit }, "is stopped");
    try {
      await systemd.stop(unit);
    } catch (error) {
      stuck.set(unit, `unit ${unit} cannot be stopped: ${reasonOf(error)}`);
    }
  }
  return stuck;
}

async function placeFiles(
  { host, systemd }: ConnectedAgent,
  plan: UnitPlan,
  free: (act: { unit: string }) => boolean,
): Promise<void> {
  for (const { unit, enabled, file } of plan.drop.filter(free)) {
    if (enabled) await systemd.disable(unit);
    if (file) await host.remove(`${SYSTEMD_UNITS}/${unit}`);
  }
  for (const unit of plan.giveBack) if (free({ unit })) await host.remove(`${SYSTEMD_UNITS}/${unit}`);
  for (const { unit, text } of plan.write.filter(free)) await host.write(`${SYSTEMD_UNITS}/${unit}`, text);
}

/** Only as it is about to be started, or runs already: a restart by systemd must bring up no settings before their turn. */
async function placeVaultFiles(
  agent: ConnectedAgent,
  assignment: Assignment,
  { drop, start }: Pick<UnitPlan, "drop" | "start">,
): Promise<void> {
  const isVault = ({ unit }: { unit: string }) => unit === VAULT_UNIT;
  const runs = agent.store.state().started[VAULT_UNIT]?.settings;
  if (start.some(isVault) || (runs !== undefined && runs === assignment.vault?.hash))
    await ensureVaultFiles(agent, assignment);
  if (drop.some(isVault)) await dropVaultFiles(agent);
}

/**
 * A job that fails is a start all the same: the unit says for itself that it is not well, and another start comes with
 * the next look that may. Returns why it could not even be tried.
 */
async function startOne(agent: ConnectedAgent, start: Start, boot: string): Promise<string[]> {
  const { unit, reset, again } = start;
  const { systemd, store, pacing, log } = agent;
  if (again) pacing.startedAgain(unit);
  pacing.touched();
  log.info({ topic: "units", unit }, again ? "is started again" : "is started");
  try {
    if (reset) await systemd.resetFailed(unit);
    await systemd.start(unit);
  } catch (error) {
    const failed = error instanceof SystemdError && error.kind === "job-failed";
    if (!failed) return [`unit ${unit} does not start: ${reasonOf(error)}`];
    log.warn({ topic: "units", unit, reason: reasonOf(error) }, "has been started and failed");
  }
  await store.update(state => ({ ...state, started: { ...state.started, [unit]: note(start, boot) } }));
  return [];
}

const note = ({ file, settings }: Started, boot: string): UnitNote => ({
  boot,
  ...(file !== undefined && { file }),
  ...(settings !== undefined && { settings }),
});

/** Before the first stop: what is ours to run, and that whatever stops now stops by our hand. */
async function noteBegin(agent: ConnectedAgent, plan: UnitPlan, boot: string): Promise<void> {
  const { store, clock, report, log } = agent;
  const at = new Date(clock.now()).toISOString();
  const drift: Drift[] = plan.drift.map(one => ({ ...one, at }));
  const stopped = plan.start.map(({ unit }) => unit).filter(unit => drift.some(one => one.unit === unit));
  const touched = [...plan.stop, ...stopped];
  await store.update(state => ({
    ...state,
    units: [...new Set([...state.units, ...plan.run])],
    started: {
      ...state.started,
      ...Object.fromEntries(touched.map(unit => [unit, { boot, ...state.started[unit], phase: "stopping" as const }])),
    },
    drift: [...state.drift, ...drift].slice(-DRIFT_KEPT),
  }));
  for (const { unit, what } of drift)
    log.warn({ topic: "units", unit }, `${unit} was changed by hand: ${what}; is put back`);
  report.see({ drift: store.state().drift });
}

/** After the refresh, before the first start: whoever runs from now on runs what is assigned. */
async function noteReady({ store, clock }: ConnectedAgent, plan: UnitPlan, boot: string): Promise<void> {
  const gone = plan.drop.map(({ unit }) => unit);
  const at = clock.now();
  await store.update(state => ({
    ...state,
    // In the order of the list: by it they are stopped one day.
    units: [...state.units.filter(unit => !plan.run.includes(unit) && !gone.includes(unit)), ...plan.run],
    written: [
      ...state.written.filter(unit => ![...gone, ...plan.giveBack, ...plan.placed].includes(unit)),
      ...plan.placed,
    ],
    started: notesReady(state, plan, gone, boot, at),
  }));
}

function notesReady(
  { started }: AgentState,
  { settle, start }: UnitPlan,
  gone: readonly string[],
  boot: string,
  at: number,
): AgentState["started"] {
  const kept = Object.entries(started).filter(([unit]) => !gone.includes(unit));
  const settled = settle.map(one => [
    one.unit,
    { ...note(one, boot), ...(one.unfinished && { phase: "finishing" as const }) },
  ]);
  const ready = start.map(one => [one.unit, { ...note(one, boot), phase: "starting" as const, at }]);
  return Object.fromEntries([...kept, ...settled, ...ready]);
}

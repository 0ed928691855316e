// Brings the units of this node to the assignment, by plan.ts. Notes on disk between the steps make a crash at any of
// them lead to the same result: no file is half written, no unit starts twice, and none keeps running with an old
// file.
import { reasonOf } from "../../crd-like-specs/reason.ts";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Drift } from "../../crd-like-specs/resources/node-status.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import { SystemdError } from "../../drivers/systemd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import type { Explanation, StatusReason } from "../host/explanation.ts";
import type { AgentState, UnitNote } from "../host/state.ts";
import { SYSTEMD_UNITS } from "../host/systemd-units.ts";
import { dropVaultFiles, ensureVaultFiles } from "../vault/files.ts";
import { desiredUnits } from "./desired-units.ts";
import { ensureHostEnv } from "./host-env.ts";
import { inspectUnits } from "./inspect.ts";
import { planUnits, type Start, type Started, type UnitPlan } from "./plan.ts";
import { pruneTexts } from "./texts.ts";

/** The status shows the last few drifts only. */
const DRIFT_KEPT = 5;

/**
 * Stops the units that are dropped or changed, in reverse order, while each file is still the old one, so that its
 * ExecStop runs. Returns the problems, one for each unit that cannot be stopped.
 */
export async function stopUnits(agent: ConnectedAgent, assignment: Assignment): Promise<Explanation[]> {
  // This step does not wait for an unhealthy etcd: the next step may be the one that makes it healthy.
  const fetch = agent.report.facts().etcd?.healthy !== false;
  const inspected = await inspectUnits(agent, assignment, { fetch });
  const plan = planUnits(inspected.views, desiredUnits(assignment).units, inspected.boot);
  if (plan.stop.length === 0) return [];
  // The drift of the other units is reverted and reported later.
  const drift = plan.drift.filter(({ unit }) => plan.stop.includes(unit));
  await noteBegin(agent, { ...plan, drift }, inspected.boot);
  return [...(await stopAll(agent, plan)).values()];
}

/**
 * Carries out the whole unit plan; a unit that is already stopped is not stopped again. Returns the problems. Rejects
 * once the signal is aborted, and when systemd or the disk fails.
 */
export async function runUnits(
  agent: ConnectedAgent,
  assignment: Assignment,
  signal: AbortSignal,
): Promise<Explanation[]> {
  const { systemd, store, report } = agent;
  const inspected = await inspectUnits(agent, assignment, { fetch: true });
  const desired = desiredUnits(assignment);
  const plan = planUnits(inspected.views, desired.units, inspected.boot);
  await ensureHostEnv(agent, assignment);
  await noteBegin(agent, plan, inspected.boot);
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
    inspected.boot,
  );
  const unknown = plan.unknown.map(unit =>
    problemOf("UnitUnknown", unit, `unit ${unit} is neither shipped nor known to systemd`),
  );
  const { generation } = assignment;
  report.update({ unknownUnits: unknown.length > 0 ? { generation, names: [...plan.unknown] } : undefined });
  const problems = [...inspected.problems, ...unknown, ...stuck.values()];
  for (const unit of start) {
    signal.throwIfAborted();
    problems.push(...(await startOne(agent, unit, inspected.boot)));
  }
  if (problems.length === 0) {
    const run = Object.values(store.state().started).flatMap(({ file }) => file ?? []);
    await pruneTexts(agent, new Set([...Object.values(desired.files), ...run]));
  }
  return problems;
}

const problemOf = (reason: StatusReason, subject: string, text: string): Explanation => ({ reason, subject, text });

/** Returns, by unit, why it cannot be stopped. Such a unit stays unchanged. */
async function stopAll(
  { systemd, pollInterval, log }: ConnectedAgent,
  plan: UnitPlan,
): Promise<Map<string, Explanation>> {
  const stuck = new Map<string, Explanation>();
  for (const unit of plan.stop) {
    pollInterval.shorten();
    log.info({ topic: "units", unit }, "stops the unit");
    try {
      await systemd.stop(unit);
    } catch (error) {
      stuck.set(unit, problemOf("UnitNotStopped", unit, `unit ${unit} cannot be stopped: ${reasonOf(error)}`));
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
  for (const unit of plan.restoreOwn) if (free({ unit })) await host.remove(`${SYSTEMD_UNITS}/${unit}`);
  for (const { unit, text } of plan.write.filter(free)) await host.write(`${SYSTEMD_UNITS}/${unit}`, text);
}

/**
 * Writes Vault's files only when Vault is about to start, or runs with these settings: a restart by systemd must not
 * apply new settings before the controller allows it.
 */
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
 * A failed start job still counts as a start: the failure is reported on the unit, and a later round starts it again.
 * Returns the problem if there was no start job.
 */
async function startOne(agent: ConnectedAgent, start: Start, boot: string): Promise<Explanation[]> {
  const { unit, reset, again } = start;
  const { systemd, store, pollInterval, restartBackoff, log } = agent;
  if (again) restartBackoff.started(unit);
  pollInterval.shorten();
  log.info({ topic: "units", unit }, again ? "starts the unit again" : "starts the unit");
  try {
    if (reset) await systemd.resetFailed(unit);
    await systemd.start(unit);
  } catch (error) {
    const failed = error instanceof SystemdError && error.kind === "job-failed";
    if (!failed) return [problemOf("UnitNotStarted", unit, `unit ${unit} does not start: ${reasonOf(error)}`)];
    log.warn({ topic: "units", unit, reason: reasonOf(error) }, "the unit has been started and failed");
  }
  await store.update(state => ({ ...state, started: { ...state.started, [unit]: note(start, boot) } }));
  return [];
}

const note = ({ file, settings }: Started, boot: string): UnitNote => ({
  boot,
  ...(file !== undefined && { file }),
  ...(settings !== undefined && { settings }),
});

/** Before the first stop: notes the units that the agent runs, and those that the agent itself now stops. */
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
    log.warn({ topic: "units", unit }, `${unit} was changed manually: ${what}; the agent reverts that`);
  report.update({ drift: store.state().drift });
}

/** After the refresh and before the first start: from now on each unit that starts runs the assigned text. */
async function noteReady({ store, clock }: ConnectedAgent, plan: UnitPlan, boot: string): Promise<void> {
  const dropped = plan.drop.map(({ unit }) => unit);
  const at = clock.now();
  await store.update(state => ({
    ...state,
    // In the order of the list: they are stopped in the reverse of it.
    units: [...state.units.filter(unit => !plan.run.includes(unit) && !dropped.includes(unit)), ...plan.run],
    written: [
      ...state.written.filter(unit => ![...dropped, ...plan.restoreOwn, ...plan.placed].includes(unit)),
      ...plan.placed,
    ],
    started: notesReady(state, plan, dropped, boot, at),
  }));
}

function notesReady(
  { started }: AgentState,
  { settle, start }: UnitPlan,
  dropped: readonly string[],
  boot: string,
  at: number,
): AgentState["started"] {
  const kept = Object.entries(started).filter(([unit]) => !dropped.includes(unit));
  const settled = settle.map(one => [
    one.unit,
    { ...note(one, boot), ...(one.unfinished && { phase: "finishing" as const }) },
  ]);
  const ready = start.map(one => [one.unit, { ...note(one, boot), phase: "starting" as const, at }]);
  return Object.fromEntries([...kept, ...settled, ...ready]);
}

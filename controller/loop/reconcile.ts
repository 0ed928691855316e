// One round: observe ▸ plan ▸ check ▸ execute ▸ publish. Level-triggered: it reads the current state, never what
// happened.
import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { SpecReading } from "../../crd-like-specs/settings/spec.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { recordEvents } from "../effects/record-events.ts";
import { clusterEvents } from "../events/cluster.ts";
import { driftEvents } from "../events/drift.ts";
import { newRejections, specEvents } from "../events/spec.ts";
import { check } from "../plan/check.ts";
import { unobservableFindings } from "../plan/conditions.ts";
import { describe } from "../plan/describe.ts";
import { soonest } from "../plan/next.ts";
import { plan, planUnobserved } from "../plan/plan.ts";
import { withViolations } from "../plan/report.ts";
import { withoutUnknownUnits } from "../state/unknown-units.ts";
import { worldOf } from "../state/world.ts";
import { executePlan } from "./execute-plan.ts";
import type { Memory } from "./memory.ts";
import { observeRafts, planInput } from "./plan-input.ts";
import { clusterStatusWrites, specStatusWrites } from "./publish.ts";
import { countRepeats } from "./repeats.ts";
import { logRound } from "./round-log.ts";
import { specChangesSince } from "./spec-changes.ts";

export interface RoundResult {
  /** The time until the next round in milliseconds, if no trigger comes before; undefined if none is due. */
  readonly requeueAfterMs: number | undefined;
  /** Why this controller resigns; undefined if it continues to lead. */
  readonly resign: string | undefined;
}

/**
 * Runs one round on `self`, with `kvs` as all keys under the prefix, and updates the memory. Rejects with an EtcdError
 * or DockerError after which the caller runs another round; with `Deposed` once this controller no longer leads; and
 * with a DockerError for which `isNoManager` holds if this engine is no swarm manager.
 */
export async function reconcile(
  self: NodeId,
  kvs: ReadonlyMap<string, KeyValue>,
  deps: EffectDeps,
  memory: Memory,
): Promise<RoundResult> {
  const { clock, keys, log } = deps;
  memory.round += 1;
  const started = clock.monotonic();
  const known = readClusterKeys(keys, kvs.values());
  const reading = withoutUnknownUnits(effectiveSpec(known), known);
  for (const { text } of newRejections(known, reading)) log.warn(text);

  // The answer to the spec does not depend on the rafts, so both happen at the same time.
  const [observed] = await Promise.all([observeRafts(deps, known), answerSpec(known, reading, deps)]);
  const input = planInput({ self, known, spec: reading.spec, observed }, clock, memory);
  const world = worldOf(input);
  const planned = world ? plan(world) : planUnobserved(input);
  const violations = world ? check(world, planned.actions) : [];
  const executed = await executePlan(violations.length > 0 ? [] : planned.actions, known.operation, deps, memory);
  await publish(known, planned.report && withViolations(planned.report, violations, input), deps, memory);

  countRepeats(executed.done, memory);
  logRound(log, memory, {
    ms: Math.round(clock.monotonic() - started),
    causes: specChangesSince(known.spec, memory),
    goal: planned.report?.goal,
    managers: planned.report?.managers,
    done: executed.done.map(describe),
    waiting: [
      ...(planned.report?.waiting ?? []).map(({ what, reason, why }) => ({
        ...{ id: `${what}/${reason}`, text: `${what}: ${why}` },
      })),
      ...executed.notYet,
      ...unobservableFindings(input).map(({ type, message }) => ({ id: type, text: message })),
      ...violations.map(text => ({ id: "PlanRejected", text })),
      ...known.errors.map(error => ({ id: `problem/${error.path}`, text: explain(error) })),
    ],
  });
  return { requeueAfterMs: soonest([planned.requeueAfterMs, executed.requeueAfterMs]), resign: executed.resign };
}

async function answerSpec(known: ClusterKeys, reading: SpecReading, deps: EffectDeps): Promise<void> {
  const answers = specStatusWrites(deps.keys, known, reading, deps.clock.now());
  if (answers.length > 0) await recordEvents(deps, specEvents(known, reading), answers);
}

/** Writes the cluster status together with its events. */
async function publish(
  known: ClusterKeys,
  report: ClusterStatus | undefined,
  deps: EffectDeps,
  memory: Memory,
): Promise<void> {
  const writes = clusterStatusWrites(deps.keys, known, report);
  const events = [
    ...driftEvents(memory.drift, known, memory.round === 1),
    ...(report && writes.length > 0 ? clusterEvents(known.cluster, report, departedNodes(known)) : []),
  ];
  if (events.length > 0 || writes.length > 0) await recordEvents(deps, events, writes);
}

/** Swarm nodes of nodes that have deregistered. */
const departedNodes = ({ statuses }: ClusterKeys): ReadonlySet<string> =>
  new Set([...statuses.values()].flatMap(({ phase, left }) => (phase === "gone" ? left : [])));

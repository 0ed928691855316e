// One round of the rollout: its revision, which nodes are updated or failed, whether it continues, and the next nodes.
import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Role } from "../../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import { same } from "../../../crd-like-specs/resources/same.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { drainingTexts, setIn, setOf, type UnitSet } from "../../../crd-like-specs/units/unit-set.ts";
import { type ManagerLock, rolloutLock } from "../../state/manager-lock.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import type { Action } from "../actions.ts";
import { type Finding, rolloutHalted } from "../conditions.ts";
import { step } from "../next.ts";
import { canariesLeft, completed, countsByRole, decide } from "./decide.ts";
import { isAt, tallied } from "./disruption-budget.ts";
import { awaitedTasks, needsDrain, type Prepared, prepared } from "./draining.ts";
import { rolloutEvents } from "./events.ts";
import { nextNodes, outdatedNodes } from "./next-nodes.ts";
import { newRevision, startRollout } from "./revision.ts";

export interface RolloutPlan {
  /** They must run before any assignment that follows from them. */
  readonly actions: readonly Action[];
  /** The units that a node must run from now on, in this role. */
  readonly setFor: (node: Node, role: Role) => UnitSet;
  /** The record after this round. */
  readonly record: Rollout | undefined;
  /** The lock from this round on, while a manager is being changed. */
  readonly lock: ManagerLock | undefined;
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly findings: readonly Finding[];
  readonly requeueAfterMs: number | undefined;
}

/** The plan of one round. No manager's units change while another holds the lock. Never throws. */
export function planRollout(world: World, lock: ManagerLock | undefined): RolloutPlan {
  const { input } = world;
  const before = input.rollout;
  const fresh = newRevision(input);
  const counts = countsByRole(world);
  const revisions = new Map([...input.revisions, ...(fresh ? [[fresh.revision.number, fresh.revision] as const] : [])]);
  const begun =
    fresh || before === undefined
      ? startRollout(input, fresh?.revision.number ?? 1, fresh?.revision.number ?? 1, before?.lastGoodRevision ?? 0)
      : before;
  const targetOf = (rollout: Rollout): Revision | undefined => revisions.get(rollout.target);
  const target = targetOf(begun);
  if (!target) return withoutTarget(world, `revision ${begun.target} of the units is not stored any more`);

  let rollout = decide(input, tallied(world, begun, target), counts);
  const targetRevision = targetOf(rollout) ?? target;
  const outdated = outdatedNodes(world, targetRevision);
  const context = { target: targetRevision, revisions, outdated, draining: drainingTexts(revisions.values()) };
  if (input.spec.paused) return { ...planFor(world, rollout, context), actions: [] };
  const next = nextNodes(world, rollout, outdated, counts, lock);
  const change = prepared(world, rollout, targetRevision, next.nodes, context.draining);
  rollout = recordOf(rollout, change, input.now);
  const isComplete = outdated.length === 0 && rollout.inFlight.length === 0 && rollout.failed.length === 0;
  if (isComplete) rollout = completed(rollout, targetRevision);

  const changed = fresh !== undefined || !same(before, rollout);
  const plan = planFor(world, rollout, context, change.ready);
  return {
    ...plan,
    actions: changed
      ? [
          {
            type: "write-rollout",
            rollout,
            ...(fresh && { fresh }),
            events: rolloutEvents(before, rollout, change, fresh),
          },
        ]
      : [],
    waiting: [...plan.waiting, ...next.waiting],
  };
}

/** The record after the chosen nodes begin to drain or change. */
function recordOf(rollout: Rollout, { ready, drained, draining }: Prepared, at: number): Rollout {
  const now = new Date(at).toISOString();
  const before = new Map(rollout.inFlight.map(entry => [entry.node, entry]));
  const entries = ready.map(({ id, name }) => {
    const staysDrained = drained.has(id) || before.get(id)?.drained;
    return { node: id, name, at: now, ...(staysDrained && { drained: true }) };
  });
  const changed = new Set(entries.map(({ node }) => node));
  const inFlight = [...rollout.inFlight.filter(({ node }) => !changed.has(node)), ...entries];
  const begun = entries.length > 0 || draining.some(entry => !rollout.draining.includes(entry));
  return { ...rollout, draining, inFlight, progressAt: begun ? now : rollout.progressAt };
}

/** The plan without a target: every node keeps its units, and a new one gets those of the spec. */
function withoutTarget({ input }: World, why: string): RolloutPlan {
  return {
    actions: [],
    setFor: (node, role) => (node.assignment ? setIn(node.assignment) : { units: input.spec.units[role], files: {} }),
    record: input.rollout,
    ...{
      lock: undefined,
      steps: [],
      waiting: [],
      findings: [{ type: "RevisionMissing", reason: "NotStored", message: why }],
      requeueAfterMs: undefined,
    },
  };
}

/** The target, and the nodes that do not have it yet. */
interface RolloutContext {
  readonly target: Revision;
  readonly revisions: ReadonlyMap<number, Revision>;
  readonly outdated: readonly Node[];
  /** Hashes of texts with Drain=yes. */
  readonly draining: ReadonlySet<string>;
}

/** What follows from the record: the units of each node, and what the rollout waits for. */
function planFor(
  world: World,
  rollout: Rollout,
  { target, revisions, outdated, draining }: RolloutContext,
  moved: readonly Node[] = [],
): Omit<RolloutPlan, "actions"> {
  const { input } = world;
  const moving = new Set(moved.map(({ id }) => id));
  // A new node, or one in a new role, gets the last good revision until the canaries are updated, and while halted.
  const trusted = canariesLeft(input.spec, rollout) === 0 && rollout.halted === undefined;
  const fallbackRevision = (trusted ? undefined : revisions.get(rollout.lastGoodRevision)) ?? target;
  const { minHealthySeconds } = input.spec.rollout;
  return {
    setFor: (node, role) => {
      if (moving.has(node.id)) return setOf(target, role);
      if (node.assignment?.role === role) return setIn(node.assignment);
      return setOf(node.assignment && isAt(node, target) ? target : fallbackRevision, role);
    },
    record: rollout,
    lock: rolloutLock(input, rollout),
    steps: outdated
      .slice(0, MAX_STEPS)
      .flatMap(node => [
        ...(needsDrain(node, target, draining) ? [step(node.name, "swarm", "drain", "its units have Drain=yes")] : []),
        step(node.name, "agent", `change its units to revision ${target.number}`),
      ]),
    waiting: [
      ...rollout.draining.slice(0, MAX_STEPS).map(entry => awaitedTasks(world, entry)),
      ...rollout.inFlight.slice(0, MAX_STEPS).map(({ node, name, at }) => ({
        what: name,
        reason: "UnitsChanged",
        why: `its units were changed to revision ${target.number} and must be healthy for ${minHealthySeconds} s${unhealthy(world, node)}`,
        since: at,
      })),
    ],
    findings: rolloutHalted(rollout),
    requeueAfterMs: untilNext(world, rollout),
  };
}

/** How often the tasks of draining nodes are counted, because no event reports that a task has ended. */
const TASKS_POLL_MS = 2_000;

/** How many nodes a report lists at most. */
const MAX_STEPS = 10;

function unhealthy({ input }: World, id: Node["id"]): string {
  const unit = input.statuses.get(id)?.units.find(({ problem }) => problem !== undefined);
  return unit ? ` (${unit.name}: ${unit.problem?.message})` : "";
}

/** Milliseconds until the first of them is healthy for long enough, is too late, or may have no task left. */
function untilNext({ input }: World, { draining, inFlight, failed }: Rollout): number | undefined {
  const { minHealthySeconds, healthyDeadlineSeconds } = input.spec.rollout;
  const dues = [
    ...[...inFlight, ...failed].flatMap(
      ({ node }) => (input.healthySince.get(node) ?? Number.NaN) + minHealthySeconds * 1000,
    ),
    ...inFlight.map(({ at }) => Date.parse(at) + (healthyDeadlineSeconds + minHealthySeconds) * 1000 + 1),
    ...(draining.length > 0 ? [input.now + TASKS_POLL_MS] : []),
  ].filter(due => due > input.now);
  return dues.length > 0 ? Math.min(...dues) - input.now : undefined;
}

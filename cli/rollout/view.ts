// The object behind `swarmkeeper rollout status`: how far the nodes have been brought to the units of the spec, what the
// rollout waits for, and what an operator can do. Scripts depend on its shape: fields are added, never renamed.
import { z } from "zod";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Revision, Rollout } from "../../crd-like-specs/resources/rollout.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import { isAssigned, isSameForNodes, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import { byName } from "../terminal/facts.ts";

const NodeProgress = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(["manager", "worker"]),
  /**
   * `current`: assigned the target; `draining`: changed once its swarm tasks are moved away; `absent`: not registered, and
   * changed once it is again. A node in flight or failed was changed by the rollout and uses the disruption budget, even
   * if it is not registered.
   */
  state: z.enum(["current", "draining", "in flight", "failed", "outdated", "absent"]),
  /** Whether it is registered now. */
  registered: z.boolean(),
  /** The newest stored revision whose units it is assigned; absent if there is none. */
  revision: z.int().optional(),
  since: z.string().optional(),
  /** Why it failed, what it is in flight for, or why it is not changed: `reason` for programs, `why` for operators. */
  reason: z.string().optional(),
  why: z.string().optional(),
});
export type NodeProgress = z.infer<typeof NodeProgress>;

export const RolloutView = z.object({
  /**
   * `none`: no controller has started one yet; `pending`: the spec differs from the latest revision; `halted`: no other
   * node is changed; `reverting` and `reverted`: to the last good revision, while the spec still has another.
   */
  state: z.enum(["none", "pending", "rolling", "paused", "halted", "reverting", "reverted", "complete"]),
  /** The rollout or a node has failed. The exit code is 1 then. */
  failing: z.boolean(),
  /** The revision of the spec. */
  revision: z.int().optional(),
  /** The revision that nodes are brought to. */
  target: z.int().optional(),
  /** The newest revision that every node ran and was healthy with; 0 for none. */
  lastGoodRevision: z.int().optional(),
  /** How many nodes were updated since it began. */
  updated: z.int().optional(),
  begunAt: z.string().optional(),
  progressAt: z.string().optional(),
  /** Why no other node is changed. */
  halted: z.string().optional(),
  /** By name; empty before the first rollout, because there is nothing to compare them with. */
  nodes: z.array(NodeProgress),
  /** False if no controller leads: nothing changes until one does. */
  hasLeader: z.boolean(),
  /** The key of the spec that pauses it. */
  pausedBy: z.enum(["spec/paused", "spec/rollout/paused"]).optional(),
  /** Values of the spec about units and rollouts that are rejected. `line` and `column` count from 1. */
  rejected: z.array(
    z.object({
      path: z.string(),
      line: z.int().optional(),
      column: z.int().optional(),
      message: z.string(),
      expected: z.string(),
    }),
  ),
  /** What an operator can do now; empty if there is nothing to do. */
  next: z.array(z.string()),
});
export type RolloutView = z.infer<typeof RolloutView>;

/** The setting that pauses rollouts; undefined if none does. */
export const pausedBy = ({ paused, rollout }: Pick<Spec, "paused" | "rollout">): RolloutView["pausedBy"] =>
  paused ? "spec/paused" : rollout.paused ? "spec/rollout/paused" : undefined;

/** Pure: the same keys give the same view. */
export function buildRollout(clusterKeys: ClusterKeys): RolloutView {
  const { rollout, revisions, leader } = clusterKeys;
  const reading = effectiveSpec(clusterKeys);
  const { spec } = reading;
  const nodes = rollout === undefined ? [] : nodesOf(clusterKeys, spec);
  const latest = rollout && revisions.get(rollout.revision);
  const pending = rollout !== undefined && (latest === undefined || !isSameForNodes(latest, wantedBy(spec)));
  const pause = pausedBy(spec);
  const state = rollout === undefined ? "none" : stateOf(rollout, nodes, pending, pause !== undefined);
  const view: WithoutNext = {
    state,
    failing: isFailing(state, nodes),
    ...(rollout && factsOf(rollout)),
    nodes,
    hasLeader: leader !== undefined,
    ...(pause && { pausedBy: pause }),
    rejected: reading.rejected
      .filter(({ path }) => path.startsWith("units/") || path.startsWith("rollout/"))
      .map(({ error: { path, line, column, message, expected } }) => ({ path, line, column, message, expected })),
  };
  const canUndo =
    rollout !== undefined && rollout.lastGoodRevision !== rollout.revision && revisions.has(rollout.lastGoodRevision);
  const isRetryRequested = rollout?.halted !== undefined && rollout.retry !== spec.rollout.retry;
  return { ...view, next: nextOf(view, { canUndo, isRetryRequested }) };
}

const factsOf = ({ revision, target, lastGoodRevision, updated, begunAt, progressAt, halted }: Rollout) => ({
  revision,
  target,
  lastGoodRevision,
  updated,
  begunAt,
  progressAt,
  ...(halted !== undefined && { halted }),
});

function stateOf(
  { revision, target, halted }: Rollout,
  nodes: readonly NodeProgress[],
  pending: boolean,
  paused: boolean,
): RolloutView["state"] {
  // A later change of the spec replaces the rollout at once, so the result of the earlier one does not apply to it.
  if (pending) return "pending";
  const allDone = nodes.every(({ state }) => state === "current" || state === "absent");
  if (allDone && target !== revision) return "reverted";
  if (halted !== undefined) return "halted";
  if (allDone) return "complete";
  if (paused) return "paused";
  return target === revision ? "rolling" : "reverting";
}

function isFailing(state: RolloutView["state"], nodes: readonly NodeProgress[]): boolean {
  if (state === "pending" || state === "none") return false;
  return ["halted", "reverting", "reverted"].includes(state) || nodes.some(node => node.state === "failed");
}

/** Nodes that are registered, have an assignment, or were changed by the rollout. */
function nodesOf(clusterKeys: ClusterKeys, spec: Spec): NodeProgress[] {
  const { registrations, assignments, rollout } = clusterKeys;
  const ids = new Set([
    ...registrations.keys(),
    ...assignments.keys(),
    ...[...(rollout?.inFlight ?? []), ...(rollout?.failed ?? [])].map(({ node }) => node),
  ]);
  return [...ids].map(id => nodeProgress(clusterKeys, spec, id)).sort(byName);
}

function nodeProgress(clusterKeys: ClusterKeys, spec: Spec, id: NodeId): NodeProgress {
  const { rollout, revisions } = clusterKeys;
  const registration = clusterKeys.registrations.get(id);
  const assignment = clusterKeys.assignments.get(id);
  const status = clusterKeys.statuses.get(id);
  const failed = rollout?.failed.find(({ node }) => node === id);
  const flight = rollout?.inFlight.find(({ node }) => node === id);
  const draining = rollout?.draining.find(({ node }) => node === id)?.at;
  const registered = registration !== undefined;
  const revision = assignment && revisionOf(assignment, revisions);
  const target = rollout && revisions.get(rollout.target);
  const current = assignment !== undefined && target !== undefined && isAssigned(assignment, target);
  const base = {
    id,
    name: registration?.name ?? status?.name ?? failed?.name ?? flight?.name ?? id,
    role: assignment?.role ?? registration?.role ?? "worker",
    registered,
    ...(revision !== undefined && { revision }),
  };
  if (draining !== undefined) return { ...base, state: "draining", since: draining, ...DRAINED_FIRST };
  if (failed) return { ...base, state: "failed", since: failed.at, reason: failed.reason, why: failed.why };
  if (flight)
    return { ...base, state: "in flight", since: flight.at, ...awaited(registered, assignment, status, spec) };
  if (current) return { ...base, state: "current" };
  if (!registered) return { ...base, state: "absent" };
  const excluded = assignment === undefined ? UNASSIGNED : pausedNode(spec, id);
  return { ...base, state: "outdated", ...excluded };
}

type Why = Required<Pick<NodeProgress, "reason" | "why">>;

const DRAINED_FIRST: Why = { reason: "Draining", why: "its swarm tasks are moved away before it is changed" };
const UNASSIGNED: Why = { reason: "NoAssignment", why: "it has no assignment yet" };

/** The newest, if several are the same. */
function revisionOf(assignment: Assignment, revisions: ReadonlyMap<number, Revision>): number | undefined {
  return [...revisions.values()]
    .filter(revision => isAssigned(assignment, revision))
    .reduce<number | undefined>((newest, { number }) => Math.max(newest ?? 0, number), undefined);
}

const pausedNode = (spec: Spec, id: NodeId): Why | undefined =>
  spec.nodes[id]?.paused ? { reason: "Paused", why: `spec/nodes/${id}/paused is true` } : undefined;

/** What a node in flight still has to do, as its agent reports it. */
function awaited(
  registered: boolean,
  assignment: Assignment | undefined,
  status: NodeStatus | undefined,
  spec: Spec,
): Why {
  if (!registered) return { reason: "NotRegistered", why: "it is not registered" };
  if (status === undefined) return { reason: "NotReported", why: "its agent has not reported yet" };
  if (assignment === undefined || status.generation < assignment.generation) {
    return { reason: "NotApplied", why: status.message ?? "it has not applied its assignment yet" };
  }
  const unhealthy = assignment.units.flatMap((name): Why[] => {
    const report = status.units.find(unit => unit.name === name);
    if (report === undefined) return [{ reason: "UnitNotReported", why: `${name}: not reported yet` }];
    const { problem } = report;
    return problem === undefined ? [] : [{ reason: problem.reason, why: `${name}: ${problem.message}` }];
  });
  const { minHealthySeconds } = spec.rollout;
  return (
    unhealthy[0] ?? { reason: "Healthy", why: `healthy; updated once it has been healthy for ${minHealthySeconds} s` }
  );
}

type WithoutNext = Omit<RolloutView, "next">;

/** `canUndo`: the last good revision is another. `isRetryRequested`: the controller has not seen the retry yet. */
function nextOf(
  view: WithoutNext,
  { canUndo, isRetryRequested }: { canUndo: boolean; isRetryRequested: boolean },
): string[] {
  const undo = canUndo ? [`return to revision ${view.lastGoodRevision}: swarmkeeper rollout undo`] : [];
  const fix = "push a fix: swarmkeeper units push FOLDER";
  const unpause = {
    "spec/paused": ["change nodes again: set spec/paused to false"],
    "spec/rollout/paused": ["change nodes again: swarmkeeper rollout resume"],
  };
  const paused = view.pausedBy === undefined ? [] : unpause[view.pausedBy];
  switch (view.state) {
    case "none":
    case "complete":
      return [];
    case "pending":
    case "paused":
      return paused;
    case "halted":
      if (isRetryRequested) return [...paused, "nothing: the retry is requested, and the controller starts it"];
      return [fix, ...undo, "retry the same revision: swarmkeeper rollout resume", ...paused];
    case "reverting":
    case "reverted":
      return [
        fix,
        ...(canUndo ? ["write the revision that nodes run into the spec: swarmkeeper rollout undo"] : []),
        ...paused,
      ];
    case "rolling":
      return view.failing ? [fix, ...undo, "pause it: swarmkeeper rollout pause"] : [];
  }
}

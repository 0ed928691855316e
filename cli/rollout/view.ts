// The one object behind `swarmkeeper rollout status`: how far the hosts have been brought to the units that are asked
// for, what holds that up, and what an operator can do. Fields are added, never renamed.
import { z } from "zod";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Revision, Rollout } from "../../crd-like-specs/resources/rollout.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import { isAssigned, isSameForNodes, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { byName } from "../terminal/facts.ts";

const NodeProgress = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(["manager", "worker"]),
  /**
   * `current` runs the target; `draining` is changed once its swarm tasks are moved away; `absent` is not there, and
   * catches up when it is back. A host in flight or failed was changed by the rollout and is on its account, there or not.
   */
  state: z.enum(["current", "draining", "in flight", "failed", "outdated", "absent"]),
  /** Whether it is registered now. */
  here: z.boolean(),
  /** The newest kept revision whose units it is assigned; absent where none is the same. */
  revision: z.int().optional(),
  since: z.string().optional(),
  /** Why it failed, what it is in flight for, or why it is left as it is: one word for programs, a sentence for people. */
  reason: z.string().optional(),
  why: z.string().optional(),
});
export type NodeProgress = z.infer<typeof NodeProgress>;

export const RolloutView = z.object({
  /**
   * `none` no controller has begun one yet; `pending` the spec says something that no revision says yet; `halted` no
   * other host is changed; `reverting` and `reverted` to the last good revision, while the spec still asks for another.
   */
  state: z.enum(["none", "pending", "rolling", "paused", "halted", "reverting", "reverted", "complete"]),
  /** It has failed, or some host has: what the exit code says too. */
  failing: z.boolean(),
  /** What the spec asks for. */
  revision: z.int().optional(),
  /** What hosts are brought to. */
  target: z.int().optional(),
  /** The last one that every host was proven to run; 0 for none. */
  lastGoodRevision: z.int().optional(),
  /** Hosts proven since it was begun. */
  updated: z.int().optional(),
  begunAt: z.string().optional(),
  progressAt: z.string().optional(),
  /** Why no other host is changed. */
  halted: z.string().optional(),
  /** By name; none before the first rollout, for there is nothing to compare them with. */
  hosts: z.array(NodeProgress),
  /** False when no controller leads: nothing goes on until one does. */
  hasLeader: z.boolean(),
  /** Which key of the spec says so. */
  pausedBy: z.enum(["spec/paused", "spec/rollout/paused"]).optional(),
  /** Values about units and rollouts that the spec carries and that are not in force. */
  rejected: z.array(z.string()),
  /** What an operator can do now; empty where there is nothing to be done. */
  next: z.array(z.string()),
});
export type RolloutView = z.infer<typeof RolloutView>;

/** Pure: the same keys give the same view. */
export function buildRollout(known: ClusterKeys): RolloutView {
  const { rollout, revisions, leader } = known;
  const reading = effectiveSpec(known);
  const { spec } = reading;
  const hosts = rollout === undefined ? [] : hostsOf(known, spec);
  const asked = rollout && revisions.get(rollout.revision);
  const pending = rollout !== undefined && (asked === undefined || !isSameForNodes(asked, wantedBy(spec)));
  const pausedBy = spec.paused ? "spec/paused" : spec.rollout.paused ? "spec/rollout/paused" : undefined;
  const state = rollout === undefined ? "none" : stateOf(rollout, hosts, pending, pausedBy !== undefined);
  const view: Doing = {
    state,
    failing: isFailing(state, hosts),
    ...(rollout && factsOf(rollout)),
    hosts,
    hasLeader: leader !== undefined,
    ...(pausedBy && { pausedBy }),
    rejected: reading.rejected
      .filter(({ path }) => path.startsWith("units/") || path.startsWith("rollout/"))
      .map(({ error }) => explain(error)),
  };
  const goBack =
    rollout !== undefined && rollout.lastGoodRevision !== rollout.revision && revisions.has(rollout.lastGoodRevision);
  const asksAgain = rollout?.halted !== undefined && rollout.retry !== spec.rollout.retry;
  return { ...view, next: nextOf(view, { goBack, asksAgain }) };
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
  hosts: readonly NodeProgress[],
  pending: boolean,
  paused: boolean,
): RolloutView["state"] {
  // Whatever is asked for later takes over at once, so that the verdict on what was before is none on this.
  if (pending) return "pending";
  const arrived = hosts.every(({ state }) => state === "current" || state === "absent");
  if (arrived && target !== revision) return "reverted";
  if (halted !== undefined) return "halted";
  if (arrived) return "complete";
  if (paused) return "paused";
  return target === revision ? "rolling" : "reverting";
}

function isFailing(state: RolloutView["state"], hosts: readonly NodeProgress[]): boolean {
  if (state === "pending" || state === "none") return false;
  return ["halted", "reverting", "reverted"].includes(state) || hosts.some(host => host.state === "failed");
}

/** Hosts with an assignment, those that are there and have none yet, and those that the rollout has on its account. */
function hostsOf(known: ClusterKeys, spec: Spec): NodeProgress[] {
  const { registrations, assignments, rollout } = known;
  const ids = new Set([
    ...registrations.keys(),
    ...assignments.keys(),
    ...[...(rollout?.inFlight ?? []), ...(rollout?.failed ?? [])].map(({ node }) => node),
  ]);
  return [...ids].map(id => hostView(known, spec, id)).sort(byName);
}

function hostView(known: ClusterKeys, spec: Spec, id: NodeId): NodeProgress {
  const { rollout, revisions } = known;
  const registration = known.registrations.get(id);
  const assignment = known.assignments.get(id);
  const status = known.statuses.get(id);
  const failed = rollout?.failed.find(({ node }) => node === id);
  const flight = rollout?.inFlight.find(({ node }) => node === id);
  const draining = rollout?.draining.find(({ node }) => node === id)?.at;
  const here = registration !== undefined;
  const revision = assignment && revisionOf(assignment, revisions);
  const target = rollout && revisions.get(rollout.target);
  const current = assignment !== undefined && target !== undefined && isAssigned(assignment, target);
  const base = {
    id,
    name: registration?.name ?? status?.name ?? failed?.name ?? flight?.name ?? id,
    role: assignment?.role ?? registration?.role ?? "worker",
    here,
    ...(revision !== undefined && { revision }),
  };
  if (draining !== undefined) return { ...base, state: "draining", since: draining, ...DRAINED_FIRST };
  if (failed) return { ...base, state: "failed", since: failed.at, reason: failed.reason, why: failed.why };
  if (flight) return { ...base, state: "in flight", since: flight.at, ...awaited(here, assignment, status, spec) };
  if (current) return { ...base, state: "current" };
  if (!here) return { ...base, state: "absent" };
  const held = assignment === undefined ? UNASSIGNED : heldBy(spec, id);
  return { ...base, state: "outdated", ...held };
}

type Why = Required<Pick<NodeProgress, "reason" | "why">>;

const DRAINED_FIRST: Why = { reason: "Draining", why: "its swarm tasks are moved away before it is changed" };
const UNASSIGNED: Why = { reason: "NoAssignment", why: "it has no assignment yet" };

/** The newest, should two be the same. */
function revisionOf(assignment: Assignment, revisions: ReadonlyMap<number, Revision>): number | undefined {
  return [...revisions.values()]
    .filter(revision => isAssigned(assignment, revision))
    .reduce<number | undefined>((newest, { number }) => Math.max(newest ?? 0, number), undefined);
}

const heldBy = (spec: Spec, id: NodeId): Why | undefined =>
  spec.nodes[id]?.paused ? { reason: "Paused", why: `spec/nodes/${id}/paused leaves it as it is` } : undefined;

/** What a host in flight has still to do, by its own words. */
function awaited(here: boolean, assignment: Assignment | undefined, status: NodeStatus | undefined, spec: Spec): Why {
  if (!here) return { reason: "NotRegistered", why: "it is not there" };
  if (status === undefined) return { reason: "NotReported", why: "it has reported nothing yet" };
  if (assignment === undefined || status.generation < assignment.generation) {
    return { reason: "NotReached", why: status.message ?? "it has not reached its assignment yet" };
  }
  const unhealthy = assignment.units.flatMap((name): Why[] => {
    const report = status.units.find(unit => unit.name === name);
    if (report === undefined) return [{ reason: "UnitNotReported", why: `${name}: not reported yet` }];
    const { problem } = report;
    return problem === undefined ? [] : [{ reason: problem.reason, why: `${name}: ${problem.message}` }];
  });
  const { minHealthySeconds } = spec.rollout;
  return unhealthy[0] ?? { reason: "Healthy", why: `well; proven once it has been so for ${minHealthySeconds} s` };
}

type Doing = Omit<RolloutView, "next">;

/** `goBack`: there is a last good revision, and it is another. `asksAgain`: a retry is asked for and not yet seen. */
function nextOf(view: Doing, { goBack, asksAgain }: { goBack: boolean; asksAgain: boolean }): string[] {
  const undo = goBack ? [`go back to revision ${view.lastGoodRevision}: swarmkeeper rollout undo`] : [];
  const mend = "put what is mended: swarmkeeper units push FOLDER";
  const unpause = {
    "spec/paused": ["change hosts again: set spec/paused to false"],
    "spec/rollout/paused": ["change hosts again: swarmkeeper rollout resume"],
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
      if (asksAgain) return [...paused, "nothing: it is asked to go on, and the controller takes that up"];
      return [mend, ...undo, "try the same again: swarmkeeper rollout resume", ...paused];
    case "reverting":
    case "reverted":
      return [mend, ...(goBack ? ["let the spec say what hosts run: swarmkeeper rollout undo"] : []), ...paused];
    case "rolling":
      return view.failing ? [mend, ...undo, "hold it: swarmkeeper rollout pause"] : [];
  }
}

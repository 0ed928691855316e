// plan(world) → actions and the report: pure, synchronous, deterministic. Nothing here reads a clock or the cluster.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { drainRequests } from "../state/drained.ts";
import type { PlanInput } from "../state/input.ts";
import { membershipLock } from "../state/manager-lock.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { planAssignments } from "./assignments.ts";
import { planBlockedManagers } from "./blocked-managers.ts";
import { conditionsOf, findingsIn } from "./conditions.ts";
import { removeDepartedNodes } from "./departed-nodes.ts";
import { drainSteps, planDrains } from "./drains.ts";
import { planMembership } from "./membership/membership.ts";
import { soonest } from "./next.ts";
import { reportOf, unobservedReport } from "./report.ts";
import { resignWhenBlind } from "./resign-when-blind.ts";
import { planRollout } from "./rollout/rollout.ts";
import { planSwarmRecord, unknownSwarm } from "./swarm-record.ts";
import { planVault } from "./vault/vault.ts";

export interface Plan {
  /** In the order in which they must run. */
  readonly actions: readonly Action[];
  /** Undefined where nothing has ever been observed, or where the swarm is not the recorded one. */
  readonly report: ClusterStatus | undefined;
  /** Where no change will start a round: run one after so many milliseconds. */
  readonly requeueAfterMs: number | undefined;
}

/**
 * The actions to take now, and the report on the cluster. Equal worlds make equal plans. The plan is unchecked: `check`
 * verifies it before anything runs. Never throws.
 */
export function plan(world: World): Plan {
  const { input } = world;
  const unknown = unknownSwarm(world);
  if (unknown) return { actions: [{ type: "resign", why: unknown }], report: undefined, requeueAfterMs: undefined };

  // Each planner gets the manager lock: as the round began, or from what was planned before it.
  const rollout = planRollout(world, world.managerLock);
  const membership = planMembership(world, rollout.lock ?? world.managerLock);
  const vault = planVault(world, rollout.lock ?? membershipLock(operationAfter(input, membership.actions)));
  const drains = planDrains(world, drainRequests(input.spec, rollout.record));
  const upkeep = input.spec.paused
    ? []
    : [
        ...rollout.actions,
        ...planAssignments(world, rollout.setFor, vault.settingsFor),
        ...planSwarmRecord(world),
        ...planBlockedManagers(world),
        ...drains,
        ...removeDepartedNodes(world),
      ];
  const parts = [membership, rollout, vault];
  const findings = [...findingsIn(world), ...rollout.findings, ...vault.findings];
  const report = reportOf(
    world,
    [...membership.steps, ...drainSteps(drains), ...rollout.steps, ...vault.steps],
    parts.flatMap(({ waiting }) => waiting),
    conditionsOf(findings, input.cluster, input.now),
  );
  return {
    actions: [...upkeep, ...membership.actions],
    report: { ...report, ...(vault.overview && { vault: vault.overview }) },
    requeueAfterMs: soonest(parts.map(({ requeueAfterMs }) => requeueAfterMs)),
  };
}

/** How often a failed observation is repeated. */
const UNOBSERVED_MS = 2_000;

/** The plan where `worldOf` gives no world: it changes nothing on a guess. Never throws. */
export function planUnobserved(input: PlanInput): Plan {
  return { actions: resignWhenBlind(input), report: unobservedReport(input), requeueAfterMs: UNOBSERVED_MS };
}

/** The operation in progress, or the one that this round begins. */
const operationAfter = ({ operation }: PlanInput, actions: readonly Action[]) =>
  operation ?? actions.find(action => action.type === "record-operation")?.operation;

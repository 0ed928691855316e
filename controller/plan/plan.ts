// plan(input) → actions and the report: pure, synchronous, deterministic. Nothing here reads a clock or the world.
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import { same } from "../../crd-like-specs/same.ts";
import { hostOf } from "../state/hosts.ts";
import type { PlanInput } from "../state/input.ts";
import { type World, worldOf } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { planAssignments } from "./assignments.ts";
import { checkPlan } from "./check.ts";
import { conditionsOf, findingsIn, planRejected, unobservedConditions } from "./conditions.ts";
import { drainSteps, planDrains } from "./drains.ts";
import { type MembershipPlan, planMembership } from "./membership.ts";
import { reportOf } from "./report.ts";
import { planRollout } from "./rollout/rollout.ts";
import { vaultsIn } from "./vault/peers.ts";
import { heldByVault, planVault } from "./vault/vault.ts";

/** For so long nothing is made of a swarm that this engine does not show: its leader may just have changed. */
const UNSEEN_MS = 20_000;

export interface Plan {
  readonly actions: readonly Action[];
  /** Undefined where nothing has ever been seen. */
  readonly report: ClusterStatus | undefined;
  /** What cannot be seen, or which promises the plan would have broken. */
  readonly problems: readonly string[];
  /** Where no event will tell of a change: plan again after so many milliseconds. */
  readonly lookAgainMs: number | undefined;
}

const NOTHING: MembershipPlan = { actions: [], steps: [], waiting: [] };

export function plan(input: PlanInput): Plan {
  const unseen = [input.swarm, input.etcd].flatMap(seen => (seen.known ? [] : [seen.why]));
  if (!input.swarm.known || !input.etcd.known)
    return { actions: handOver(input), report: blind(input), problems: unseen, lookAgainMs: 2000 };
  const world = worldOf(input, input.swarm.value, input.etcd.value);
  const foreign = foreignSwarm(world);
  if (foreign)
    return {
      actions: [{ type: "resign", why: foreign }],
      report: undefined,
      problems: [foreign],
      lookAgainMs: undefined,
    };

  // One gate for all that changes managers: units, who is one, and Vault.
  const vaults = vaultsIn(world);
  const vaultChanges = heldByVault(vaults);
  const rollout = planRollout(world, vaultChanges);
  const membership = input.spec.paused
    ? {
        ...NOTHING,
        waiting: [{ what: "the operator", reason: "Paused", why: "spec/paused is true: nothing is changed" }],
      }
    : planMembership(world, rollout.held ?? vaultChanges);
  const vault = planVault(world, vaults, rollout.held ?? membershipChange(world, membership.actions));
  const drains = planDrains(world, rollout.drains);
  const upkeep = input.spec.paused
    ? []
    : [
        ...rollout.actions,
        ...planAssignments(world, rollout.setFor, vault.settingsFor),
        ...planSwarmRecord(world),
        ...planShunned(world),
        ...drains,
        ...sweepLeft(world),
      ];
  const actions = [...upkeep, ...membership.actions];
  const problems = checkPlan(world, actions);
  const parts = [membership, rollout, vault];
  const findings = [...findingsIn(world), ...rollout.findings, ...vault.findings, ...planRejected(problems)];
  const report = reportOf(
    world,
    [...membership.steps, ...drainSteps(drains), ...rollout.steps, ...vault.steps],
    parts.flatMap(({ waiting }) => waiting),
    conditionsOf(findings, input.previous, input.now),
  );
  return {
    actions: problems.length > 0 ? [] : actions,
    report: { ...report, ...(vault.overview && { vault: vault.overview }) },
    problems,
    lookAgainMs: soonest(parts.map(({ lookAgainMs }) => lookAgainMs)),
  };
}

/** The operation in flight, or the one that is begun in this round. */
function membershipChange({ input }: World, actions: readonly Action[]): string | undefined {
  const begun = actions.find(action => action.type === "record-operation");
  const operation = input.operation ?? begun?.operation;
  return operation && `${operation.name} is changed: ${operation.step.text}`;
}

function soonest(delays: readonly (number | undefined)[]): number | undefined {
  const known = delays.filter(delay => delay !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** What was last known, with the word that it cannot be seen now: nothing is done on it. */
const blind = (input: PlanInput): ClusterStatus | undefined =>
  input.previous && {
    ...input.previous,
    ...{ ready: false, steps: [], waiting: [], missing: [] },
    conditions: unobservedConditions(input),
  };

/** A controller whose own engine shows it no swarm lets one lead that says it sees it; while nobody does, it stays and says so. */
function handOver({ self, now, swarm, statuses, registrations }: PlanInput): Action[] {
  if (swarm.known || now - swarm.since < UNSEEN_MS) return [];
  const heir = [...statuses.values()].find(({ id, swarm }) => id !== self && registrations.has(id) && swarm.control);
  return heir ? [{ type: "resign", why: `${swarm.why}; ${heir.name} sees it` }] : [];
}

/** There is one swarm, and the record in etcd says which. */
function foreignSwarm(world: World): string | undefined {
  const record = world.input.swarmRecord;
  if (record?.state === "ready" && record.id !== world.swarm.id)
    return `this engine is a manager of swarm ${world.swarm.id}, but the cluster's swarm is ${record.id}`;
  return undefined;
}

/** Where newcomers join, and with what token: kept as the swarm shows it. */
function planSwarmRecord(world: World): Action[] {
  const managers = world.swarm.nodes
    .flatMap(node => (node.manager?.reachable ? [node.manager.address] : []))
    .filter(address => hostOf(`tcp://${address}`) !== "0.0.0.0")
    .sort();
  const record = { state: "ready" as const, id: world.swarm.id, managers };
  const actions: Action[] = [];
  if (managers.length > 0 && !same(world.input.swarmRecord, record))
    actions.push({ type: "write-swarm-record", record });
  if (world.swarm.workerToken !== world.input.workerToken)
    actions.push({ type: "write-worker-token", token: world.swarm.workerToken });
  return actions;
}

/**
 * The address of a manager judged dead, refused by everyone while another takes its place: newcomers would dial it
 * and wait. Not once a host is registered there again, and not longer than the operation (decision 11).
 */
function planShunned({ input, hosts }: World): Action[] {
  const address = input.operation?.replaces?.address;
  const shun = address !== undefined && isIPv4(address) && !hosts.some(host => host.registration?.address === address);
  const addresses = shun ? [address] : [];
  return same(input.shunned?.addresses ?? [], addresses) ? [] : [{ type: "write-shunned", shunned: { addresses } }];
}

const isIPv4 = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text);

/** Node records of hosts that left in good order, by their own word. */
function sweepLeft(world: World): Action[] {
  const left = new Set(world.hosts.flatMap(host => host.status?.left ?? []));
  if (left.size === 0) return [];
  return world.swarm.nodes
    .filter(node => left.has(node.id) && node.state === "down" && !node.manager && node.role === "worker")
    .map(({ id, hostname: name }) => ({
      ...({ type: "swarm-remove-node", name, swarmNode: id } as const),
      ...({ why: "which has left", force: false } as const),
    }));
}

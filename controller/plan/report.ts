// The report on the cluster: its state, its goal and what it waits for. Status, plan, log and messages use it.
import type { ClusterStatus, Drained, PlanStep, QuorumReport } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Condition } from "../../crd-like-specs/resources/condition.ts";
import type { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import { canLose, needed, type Raft } from "../../quorum/arithmetic.ts";
import type { PlanInput } from "../state/input.ts";
import { compare, isHealthyManager, isManager, type Node } from "../state/nodes.ts";
import type { World } from "../state/world.ts";
import { conditionsOf, planRejected, unobservedConditions } from "./conditions.ts";

/**
 * The report on a world. `steps`: the steps that remain, in order. Times are RFC 3339 in UTC. The report has no time of
 * its own, so that an idle cluster makes equal reports. Never throws.
 */
export function reportOf(
  world: World,
  steps: readonly PlanStep[],
  waiting: readonly Waiting[],
  conditions: readonly Condition[],
): ClusterStatus {
  const wanted = world.input.spec.managers;
  const now = world.managers.filter(isManager).length;
  return {
    ready: isReady(world, wanted),
    managers: { wanted, now },
    swarm: { id: world.swarm.id, quorum: quorumOf(world.rafts.swarm), nodes: swarmNodes(world) },
    etcd: { cluster: world.etcd.cluster, quorum: quorumOf(world.rafts.etcd), members: etcdMembers(world) },
    goal: `${plural(wanted, "manager")} wanted, ${now} now`,
    steps: [...steps],
    waiting: [...waiting],
    unreachable: unreachableReport(world),
    conditions: [...conditions],
  };
}

/** The last report, with the conditions of the failed observation; undefined where there is no last report. */
export const unobservedReport = (input: PlanInput): ClusterStatus | undefined =>
  input.cluster && {
    ...input.cluster,
    ...{ ready: false, steps: [], waiting: [], unreachable: [] },
    conditions: unobservedConditions(input),
  };

/** The report with the violations of a plan that the check rejected. */
export const withViolations = (
  report: ClusterStatus,
  violations: readonly string[],
  { cluster, now }: Pick<PlanInput, "cluster" | "now">,
): ClusterStatus => ({
  ...report,
  conditions: [...report.conditions, ...conditionsOf(planRejected(violations), cluster, now)],
});

/** `1 manager`, `3 managers`. */
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const quorumOf = (raft: Raft): QuorumReport => ({
  voters: raft.voters,
  healthy: raft.healthy,
  needed: needed(raft.voters),
  canLose: Math.max(0, canLose(raft)),
});

/** As many healthy managers as wanted, no operation in progress, and every registered node settled. */
function isReady(world: World, wanted: number): boolean {
  const managers = world.managers.filter(isHealthyManager).length;
  const members = world.etcd.members.length;
  const settled = world.nodes.filter(node => node.registration).every(isSettled);
  return managers === wanted && members === wanted && world.input.operation === undefined && settled;
}

const isSettled = (node: Node): boolean =>
  node.swarm?.state === "ready" &&
  node.status?.phase === "running" &&
  node.status.etcd.healthy &&
  node.status.generation === node.assignment?.generation;

/** First those of nodes, in the order of these, which needs no sorting; then the unmanaged ones by id. */
function swarmNodes(world: World): ClusterStatus["swarm"]["nodes"] {
  const nodes = world.nodeBySwarmNode;
  const unmanaged = world.swarm.nodes.filter(({ id }) => !nodes.has(id)).sort((a, b) => compare(a.id, b.id));
  const report = (swarmNode: SwarmNode, node: Node | undefined) => ({
    id: swarmNode.id,
    node: node?.id,
    name: swarmNode.hostname,
    address: swarmNode.address,
    role: swarmNode.role,
    state: swarmNode.state,
    availability: swarmNode.availability,
    drained: swarmNode.availability === "drain" ? whyDrained(world, swarmNode, node) : undefined,
    manager: swarmNode.manager && { leader: swarmNode.manager.leader, reachable: swarmNode.manager.reachable },
  });
  const managed = [...nodes.values()].flatMap(node => (node.swarm ? report(node.swarm, node) : []));
  return [...managed, ...unmanaged.map(swarmNode => report(swarmNode, undefined))];
}

function whyDrained({ drains }: World, swarmNode: SwarmNode, node: Node | undefined): Drained | undefined {
  const wanted = node && drains.get(node.id);
  if (wanted) return { reason: wanted.topic === "units" ? "Rollout" : "Operator", message: wanted.why };
  return swarmNode.drained ? undefined : { reason: "Manually", message: "drained manually" };
}

function etcdMembers(world: World): ClusterStatus["etcd"]["members"] {
  return [...world.etcd.members]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(member => {
      const node = world.nodeByMember.get(member.id);
      return {
        id: member.id,
        name: node?.name ?? member.name,
        ...(node ? { node: node.id } : {}),
        peerUrl: member.peerUrls[0] ?? "",
        learner: member.learner,
        leader: member.leader,
        healthy: member.healthy,
      };
    });
}

const unreachableReport = ({ unreachable }: World): ClusterStatus["unreachable"] =>
  unreachable.map(({ ref, since, until, reason }) => ({
    ...ref,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    why: reason === undefined ? "unreachable" : `unreachable, but ${reason}`,
  }));

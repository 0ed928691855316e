// The conditions of a report: findings in the world, joined with the last report for the time since when they hold.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import {
  type Condition,
  type ConditionType,
  conditionId,
  kindOf,
  UNOBSERVABLE,
} from "../../crd-like-specs/resources/condition.ts";
import type { Rollout } from "../../crd-like-specs/resources/rollout.ts";
import type { MachineRef } from "../../crd-like-specs/resources/shapes.ts";
import { hasQuorum } from "../../quorum/arithmetic.ts";
import type { PlanInput } from "../state/input.ts";
import { isHealthyManager, isManager, type Node } from "../state/nodes.ts";
import type { World } from "../state/world.ts";

/** A condition before it is joined: its severity follows from its type, its `since` from the last report. */
export interface Finding {
  readonly type: ConditionType;
  readonly subject?: Condition["subject"];
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions of the report, each with the time at which its type and subject were first found. Two findings with
 * the same type and subject make one condition. `now`: milliseconds since 1970.
 */
export function conditionsOf(
  findings: readonly Finding[],
  previous: ClusterStatus | undefined,
  now: number,
): Condition[] {
  const before = new Map(previous?.conditions.map(condition => [conditionId(condition), condition.since]));
  const found = new Map<string, Condition>();
  for (const { type, subject, reason, message } of findings) {
    const id = conditionId({ type, subject });
    if (found.has(id)) continue;
    const since = before.get(id) ?? new Date(now).toISOString();
    const { severity } = kindOf(type);
    found.set(id, { type, status: "True", severity, ...(subject && { subject }), reason, message, since });
  }
  return [...found.values()];
}

/** The conditions while a raft cannot be observed: that fact, and the previous conditions with status Unknown. */
export function unobservedConditions(input: PlanInput): Condition[] {
  const { cluster, now } = input;
  const previous = cluster?.conditions.filter(({ type }) => !UNOBSERVABLE.includes(type)) ?? [];
  return [
    ...conditionsOf(unobservableFindings(input), cluster, now),
    ...previous.map((condition): Condition => ({ ...condition, status: "Unknown" })),
  ];
}

/** The rafts that could not be observed in this round. */
export function unobservableFindings({ swarm, etcd }: PlanInput): Finding[] {
  const findings: Finding[] = [];
  if (!swarm.known) findings.push({ type: "SwarmUnobservable", reason: swarm.reason, message: swarm.why });
  if (!etcd.known) findings.push({ type: "EtcdUnobservable", reason: etcd.reason, message: etcd.why });
  return findings;
}

/** The condition that the check rejected a plan. `violations`: human-readable. */
export const planRejected = (violations: readonly string[]): Finding[] =>
  violations.length === 0
    ? []
    : [{ type: "PlanRejected", reason: "CheckFailed", message: `plan rejected: ${violations.join("; ")}` }];

/** The condition that a rollout has halted and changes no further node. */
export const rolloutHalted = ({ revision, halted }: Rollout): Finding[] =>
  halted === undefined
    ? []
    : [
        {
          type: "RolloutHalted",
          subject: { revision, name: `revision ${revision}` },
          reason: "NodesFailed",
          message: `the rollout of revision ${revision} has halted: ${halted}`,
        },
      ];

/** The findings in the world; the planners of rollout and Vault add theirs. */
export function findingsIn(world: World): Finding[] {
  return [
    ...unknownMembers(world),
    ...world.nodes.flatMap(rejected),
    ...world.managers.flatMap(node => [...sessionLost(node), ...unhealthy(world, node)]),
    ...tripped(world),
    ...quorumLost(world),
  ];
}

/** A node as the subject of a condition. */
export const refOf = ({ id, name, address, member, swarm }: Node): MachineRef => ({
  node: id,
  ...(member && { member: member.id }),
  ...(swarm && { swarmNode: swarm.id }),
  name,
  address,
});

const unknownMembers = ({ etcd, nodeByMember }: World): Finding[] =>
  etcd.members
    .filter(member => !nodeByMember.has(member.id))
    .map(({ id, name, peerUrls }) => ({
      type: "UnknownEtcdMember",
      subject: { member: id, ...(name !== "" && { name }) },
      reason: "NoSuchNode",
      message: `etcd member ${id} (${peerUrls.join(", ")}) belongs to no known node`,
    }));

const rejected = (node: Node): Finding[] =>
  node.status?.phase !== "rejected"
    ? []
    : [
        {
          type: "NodeRejected",
          subject: refOf(node),
          reason: "RejectedByAgent",
          message: `${node.name}: ${node.status.message ?? "rejected by its agent"}`,
        },
      ];

/** Occurs after a quick restart of a manager: its raft is back, its agent's session is not (moby#36729). */
const sessionLost = (node: Node): Finding[] =>
  node.registration && node.swarm?.manager?.reachable && node.swarm.state === "down"
    ? [
        {
          type: "SwarmSessionLost",
          subject: refOf(node),
          reason: "DownThoughReachable",
          message: `${node.name}: the swarm reports it down although it is reachable; systemctl restart docker there fixes it`,
        },
      ]
    : [];

function unhealthy({ input }: World, node: Node): Finding[] {
  if (!isManager(node) || isHealthyManager(node) || node.id === input.operation?.node) return [];
  const etcd = node.member?.healthy === true;
  const swarm = node.swarm?.manager?.reachable === true;
  const parts = [...(etcd ? [] : ["its etcd does not answer"]), ...(swarm ? [] : ["the swarm cannot reach it"])];
  const reason = etcd ? "SwarmUnreachable" : swarm ? "EtcdUnreachable" : "Unreachable";
  return [{ type: "ManagerUnhealthy", subject: refOf(node), reason, message: `${node.name}: ${parts.join(", ")}` }];
}

const tripped = ({ circuitBreaker }: World): Finding[] =>
  circuitBreaker.tripped
    ? [{ type: "CircuitBreakerTripped", reason: "CandidatesFailed", message: circuitBreaker.tripped.why }]
    : [];

function quorumLost({ rafts: { swarm, etcd }, input }: World): Finding[] {
  const found: Finding[] = [];
  const reason = "TooFewVoters";
  if (!hasQuorum(etcd)) {
    const message = `etcd has lost its quorum: ${etcd.healthy} of ${etcd.voters} voters are healthy`;
    found.push({ type: "EtcdQuorumLost", reason, message });
  }
  // With two managers, on the way from one to three, the second is not reachable at first. That is no lost quorum.
  const comingUp = input.operation?.kind === "promote" && swarm.voters === 2;
  if (!hasQuorum(swarm) && !comingUp) {
    const message = `the swarm has lost its quorum: ${swarm.healthy} of ${swarm.voters} managers are reachable`;
    found.push({ type: "SwarmQuorumLost", reason, message });
  }
  return found;
}

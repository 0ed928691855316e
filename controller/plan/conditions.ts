// The conditions of a report: what is found in the world, then joined with the last report, which knows since when.

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

/** A condition as the one reports it who finds it; severity and since follow from its type and the last report. */
export interface Finding {
  readonly type: ConditionType;
  readonly subject?: Condition["subject"];
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions of the report, each since its type and subject were first found; two findings of one identity are one
 * condition. `now` in milliseconds since 1970.
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

/** While something cannot be observed: that, and what stood before, of which nothing is known now. */
export function unobservedConditions(input: PlanInput): Condition[] {
  const { cluster, now } = input;
  const stood = cluster?.conditions.filter(({ type }) => !UNOBSERVABLE.includes(type)) ?? [];
  return [
    ...conditionsOf(unobservableFindings(input), cluster, now),
    ...stood.map((condition): Condition => ({ ...condition, status: "Unknown" })),
  ];
}

/** What could not be observed in this round. */
export function unobservableFindings({ swarm, etcd }: PlanInput): Finding[] {
  const findings: Finding[] = [];
  if (!swarm.known) findings.push({ type: "SwarmUnobservable", reason: swarm.reason, message: swarm.why });
  if (!etcd.known) findings.push({ type: "EtcdUnobservable", reason: etcd.reason, message: etcd.why });
  return findings;
}

/** The check of the plan found these violations, in words. */
export const planRejected = (violations: readonly string[]): Finding[] =>
  violations.length === 0
    ? []
    : [{ type: "PlanRejected", reason: "CheckFailed", message: `plan refused: ${violations.join("; ")}` }];

/** A rollout that changes no further node. */
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

/** What is found in the world itself; the planners of rollout and Vault add theirs. */
export function findingsIn(world: World): Finding[] {
  return [
    ...unknownMembers(world),
    ...world.nodes.flatMap(rejected),
    ...world.managers.flatMap(node => [...sessionLost(node), ...unhealthy(world, node)]),
    ...tripped(world),
    ...quorumLost(world),
  ];
}

/** A host as the subject of a condition. */
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
      message: `etcd member ${id} (${peerUrls.join(", ")}) belongs to no known host`,
    }));

const rejected = (node: Node): Finding[] =>
  node.status?.phase !== "rejected"
    ? []
    : [
        {
          type: "NodeRejected",
          subject: refOf(node),
          reason: "RejectedByAgent",
          message: `${node.name}: ${node.status.message ?? "refused by its agent"}`,
        },
      ];

/** Seen after a quick restart of a manager: its raft is back, its agent's session is not (moby#36729). */
const sessionLost = (node: Node): Finding[] =>
  node.registration && node.swarm?.manager?.reachable && node.swarm.state === "down"
    ? [
        {
          type: "SwarmSessionLost",
          subject: refOf(node),
          reason: "DownThoughReachable",
          message: `${node.name}: the swarm calls it down although it is reachable; systemctl restart docker there mends it`,
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
  // Two managers of which the second is just coming up are what the way from one to three leads through.
  const comingUp = input.operation?.kind === "promote" && swarm.voters === 2;
  if (!hasQuorum(swarm) && !comingUp) {
    const message = `the swarm has lost its quorum: ${swarm.healthy} of ${swarm.voters} managers are reachable`;
    found.push({ type: "SwarmQuorumLost", reason, message });
  }
  return found;
}

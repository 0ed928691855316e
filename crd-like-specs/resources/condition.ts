// Conditions: lasting states of the cluster, with a type for programs and a human-readable message. A new type is one
// entry of CONDITIONS. The code that detects the condition adds the reason and the message.
import { z } from "zod";
import { camelCase, type MachineIds, machineRef, time } from "./shapes.ts";

/** `info`: nothing to do. `warning`: not urgent. `alarm`: an operator must act. */
export const SEVERITIES = ["info", "warning", "alarm"] as const;

/**
 * The part of the cluster that an event is about: a column of `swarmkeeper events`, and the default heading of a
 * message.
 */
export const TOPICS = [
  "spec",
  "managers",
  "remediation",
  "etcd",
  "swarm",
  "node",
  "units",
  "vault",
  "controller",
] as const;

interface ConditionKind {
  readonly severity: (typeof SEVERITIES)[number];
  readonly topic: (typeof TOPICS)[number];
  /** What it means while its status is True, for documentation and `swarmkeeper schema`. */
  readonly meaning: string;
  /** A message without the cause, if the cause differs at each observation. The event that it is over uses it. */
  readonly summary?: string;
}

/** Every type of condition, in the order of the report. */
export const CONDITIONS = {
  SwarmUnobservable: {
    severity: "alarm",
    topic: "swarm",
    meaning: "the leading controller gets no answer about the swarm, and changes nothing",
    summary: "swarm cannot be observed",
  },
  EtcdUnobservable: {
    severity: "alarm",
    topic: "etcd",
    meaning: "the leading controller gets no list of etcd members, and changes nothing",
    summary: "etcd cannot be observed",
  },
  UnknownEtcdMember: {
    severity: "alarm",
    topic: "etcd",
    meaning: "a member of etcd belongs to no node that the controller knows",
  },
  NodeRejected: {
    severity: "alarm",
    topic: "node",
    meaning: "the agent of a node rejects what it found or was assigned, and waits for an operator",
  },
  SwarmSessionLost: {
    severity: "alarm",
    topic: "node",
    meaning: "a manager is reachable in the raft of the swarm, but its swarm node is down (moby#36729)",
  },
  ManagerUnhealthy: {
    severity: "alarm",
    topic: "node",
    meaning: "a manager does not answer in etcd, in the swarm, or in both",
  },
  CircuitBreakerTripped: {
    severity: "alarm",
    topic: "controller",
    meaning: "too many candidates failed to become managers, and no other node is tried",
  },
  EtcdQuorumLost: { severity: "alarm", topic: "etcd", meaning: "fewer etcd voters are healthy than a quorum needs" },
  SwarmQuorumLost: {
    severity: "alarm",
    topic: "swarm",
    meaning: "fewer swarm managers are reachable than a quorum needs",
  },
  RolloutHalted: {
    severity: "alarm",
    topic: "units",
    meaning: "a rollout of units changes no further node until an operator acts",
  },
  RevisionMissing: {
    severity: "alarm",
    topic: "units",
    meaning: "the revision that nodes are brought to is no longer stored",
  },
  VaultStorageMismatch: {
    severity: "alarm",
    topic: "vault",
    meaning: "the spec names another storage than the one that Vault runs with",
  },
  VaultChangeBlocked: {
    severity: "alarm",
    topic: "vault",
    meaning: "a change of Vault waits for a server that only an operator can bring back",
  },
  PlanRejected: {
    severity: "alarm",
    topic: "controller",
    meaning: "the check of the plan found a violation, and the plan was not run",
  },
} as const satisfies Record<string, ConditionKind>;

export type ConditionType = keyof typeof CONDITIONS;

const TYPES = Object.keys(CONDITIONS) as [ConditionType, ...ConditionType[]];

/** The entry of a type, including its optional fields. */
export const kindOf = (type: ConditionType): ConditionKind => CONDITIONS[type];

/** While one of these is True, the controller cannot know that another condition is over. */
export const UNOBSERVABLE: readonly ConditionType[] = ["SwarmUnobservable", "EtcdUnobservable"];

/** Identifies a machine over time: the id of its node, or the ids of its member and swarm node if it has no agent. */
export const machineId = ({ node, member, swarmNode }: MachineIds): string =>
  node ?? [member, swarmNode].filter(part => part !== undefined).join("+");

export const Condition = z.object({
  type: z.enum(TYPES),
  /** `Unknown`: it was True when the cluster was last observed, and the cluster cannot be observed now. */
  status: z.enum(["True", "False", "Unknown"]),
  severity: z.enum(SEVERITIES),
  /** What it is about, if the cluster can have several of the type: a machine, or a revision of the units. */
  subject: machineRef.partial().extend({ revision: z.int().optional() }).optional(),
  /** Why it holds, for programs. */
  reason: camelCase,
  /** Why it holds, as a human-readable sentence. */
  message: z.string(),
  /** Since when it has held for this subject without a break. */
  since: time,
});
export type Condition = z.infer<typeof Condition>;

/** Identifies a condition by its type and the ids of its subject. Does not depend on reason and message. */
export function conditionId({ type, subject }: Pick<Condition, "type" | "subject">): string {
  if (subject === undefined) return type;
  return `${type}/${subject.revision === undefined ? machineId(subject) : `revision-${subject.revision}`}`;
}

// Conditions of a cluster: what an operator must know, as a type that programs compare and a message that people read. A
// new type is one entry of CONDITIONS; whoever finds it gives the reason and the message.
import { z } from "zod";
import { camelCase, type MachineIds, machineRef, time } from "./shapes.ts";

/** `info`: nothing to do. `warning`: look at it when there is time. `alarm`: an operator has to look now. */
export const SEVERITIES = ["info", "warning", "alarm"] as const;

/** What an event is about: the column of `swarmkeeper events`, and the heading of a message that has no other. */
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
  /** The message without its cause, where the cause is worded differently at each observation: it ends under this. */
  readonly summary?: string;
}

/** Every type of condition, in the order of the report. */
export const CONDITIONS = {
  SwarmUnobservable: {
    severity: "alarm",
    topic: "swarm",
    meaning: "the leading controller gets no answer about the swarm, and changes nothing",
    summary: "swarm cannot be seen",
  },
  EtcdUnobservable: {
    severity: "alarm",
    topic: "etcd",
    meaning: "the leading controller gets no list of etcd members, and changes nothing",
    summary: "etcd cannot be seen",
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
    meaning: "a manager is reachable in the raft of the swarm, and its node is down (moby#36729)",
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

/** The entry of a type, with its optional parts. */
export const kindOf = (type: ConditionType): ConditionKind => CONDITIONS[type];

/** While one of these stands, nothing else is known to be over. */
export const UNOBSERVABLE: readonly ConditionType[] = ["SwarmUnobservable", "EtcdUnobservable"];

/** What identifies a machine over time: the id of its node, or those of its parts where no agent has registered for it. */
export const machineId = ({ node, member, swarmNode }: MachineIds): string =>
  node ?? [member, swarmNode].filter(part => part !== undefined).join("+");

export const Condition = z.object({
  type: z.enum(TYPES),
  /** `Unknown`: it stood when the cluster was last observed, and cannot be observed now. */
  status: z.enum(["True", "False", "Unknown"]),
  severity: z.enum(SEVERITIES),
  /** What it is about, where the cluster can have several of the type: a machine, or a revision of units. */
  subject: machineRef.partial().extend({ revision: z.int().optional() }).optional(),
  /** Why it stands, in one word for programs. */
  reason: camelCase,
  /** Why it stands, in a sentence for people. */
  message: z.string(),
  /** Since when it stands for this subject without a break. */
  since: time,
});
export type Condition = z.infer<typeof Condition>;

/** What tells a condition from any other, whatever its reason and message: the type and the ids of its subject. */
export function conditionId({ type, subject }: Pick<Condition, "type" | "subject">): string {
  if (subject === undefined) return type;
  return `${type}/${subject.revision === undefined ? machineId(subject) : `revision-${subject.revision}`}`;
}

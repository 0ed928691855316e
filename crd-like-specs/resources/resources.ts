// The JSON resources that programs write under the prefix. Each has one writer (docs/keys.md);
// every reader parses, so that a foreign value is a named problem and never a crash further in.
import { z } from "zod";
import { UNIT_NAME_PATTERN } from "../units/unit-name.ts";
import { Condition } from "./condition.ts";
import { camelCase, machineRef, member, node, swarmNode, textHash, time, Waiting } from "./shapes.ts";
import { UnitProblem } from "./unit-problem.ts";
import { VaultAssignment, VaultOverview, VaultReport } from "./vault.ts";

export { Waiting } from "./shapes.ts";

const role = z.enum(["manager", "worker"]);
export type Role = z.infer<typeof role>;
export const ROLES: readonly Role[] = role.options;

/** `nodes/ID`, by the agent under its lease: this host is there. */
export const Registration = z.object({
  id: node,
  name: z.string(),
  /** The host's address in the cluster, without a port. */
  address: z.string(),
  /** What its user-data made it; a `worker` can be promoted too, a `manager` is preferred. */
  role,
  versions: z.object({ swarmkeeper: z.string(), docker: z.string(), etcd: z.string() }),
  bootId: z.string(),
  registeredAt: time,
});
export type Registration = z.infer<typeof Registration>;

export const EtcdPeer = z.object({ name: z.string(), peerUrl: z.string() });
export type EtcdPeer = z.infer<typeof EtcdPeer>;

const etcdAssignment = z.discriminatedUnion("mode", [
  z.object({
    mode: z.literal("proxy"),
    /** Client URLs of the voters, sorted. */
    endpoints: z.array(z.string()),
    /** The member that this host was and that has been removed: with a quorum's word for it, its data may be wiped. */
    removed: member.optional(),
  }),
  z.object({
    mode: z.literal("member"),
    endpoints: z.array(z.string()),
    member,
    /** What `--initial-cluster` must say when this member starts for the first time: all members, itself included. */
    initialCluster: z.array(EtcdPeer),
  }),
]);
export type EtcdAssignment = z.infer<typeof etcdAssignment>;

const unitName = z.string().regex(new RegExp(UNIT_NAME_PATTERN));
/** By unit name. */
const unitFiles = z.record(unitName, textHash);

/** `assignments/ID`, by the leading controller: what this host shall be. */
export const Assignment = z.object({
  /** Raised by one with each change of the rest. */
  generation: z.int().positive(),
  role,
  etcd: etcdAssignment,
  /** The units of the role, in start order. A name becomes a path on the host, so that it may be nothing but a name. */
  units: z.array(unitName),
  /**
   * The texts that the spec carries; units without one come with the release or are the host's. A name that is in no
   * list is only placed: what a timer, a socket or a path of the list activates.
   */
  files: unitFiles.optional(),
  /** A manager that runs Vault: its unit comes after all others. */
  vault: VaultAssignment.optional(),
  /** The swarm node that this host was and that has been removed: its engine may forget it, and join anew. */
  swarmRemoved: swarmNode.optional(),
  /** When it last ceased to be a manager: docker wants a minute between two changes of one node's role. */
  demotedAt: time.optional(),
});
export type Assignment = z.infer<typeof Assignment>;

export const UnitReport = z.object({
  name: z.string(),
  active: z.string(),
  sub: z.string(),
  restarts: z.int(),
  since: time.optional(),
  /** The text that it was last started with, where the spec carries it. */
  file: textHash.optional(),
  /** Why it is not well, by the rules of its kind; absent while it is. */
  problem: UnitProblem.optional(),
});
export type UnitReport = z.infer<typeof UnitReport>;

export const Drift = z.object({
  unit: z.string(),
  reason: z.enum(["FileDeleted", "FileEdited", "Stopped"]),
  /** The same in a sentence for people. */
  what: z.string(),
  at: time,
});
export type Drift = z.infer<typeof Drift>;

/** `status/nodes/ID`, by the agent: what this host is. Written only when something changed. */
export const NodeStatus = z.object({
  id: node,
  name: z.string(),
  /** The generation of the assignment that everything below has reached; 0 before the first. */
  generation: z.int().nonnegative(),
  phase: z.enum(["bootstrapping", "applying", "running", "rejected", "gone"]),
  /** Why it is refused, or what is waited for. */
  message: z.string().optional(),
  /** The reason of the first part of `message`, one CamelCase word. */
  reason: z.string().optional(),
  etcd: z.object({
    mode: z.enum(["member", "proxy", "none"]),
    member: member.optional(),
    cluster: member.optional(),
    healthy: z.boolean(),
  }),
  swarm: z.object({
    state: z.enum(["inactive", "pending", "active", "error", "locked"]),
    node: swarmNode.optional(),
    control: z.boolean(),
  }),
  /** Swarm ids this host has left in good order; their node records may be removed. */
  left: z.array(swarmNode),
  units: z.array(UnitReport),
  /** Listed units of which neither the release has a file nor systemd knows one, by the assignment of this generation. */
  unknownUnits: z.object({ generation: z.int(), names: z.array(z.string()) }).optional(),
  /** What somebody changed by hand and was put back, oldest first; the last few. */
  drift: z.array(Drift).optional(),
  vault: VaultReport.optional(),
});
export type NodeStatus = z.infer<typeof NodeStatus>;

/** `swarm`, by the host that runs `swarm init`, later by the leader: there is one swarm, and this is it. */
export const SwarmRecord = z.discriminatedUnion("state", [
  z.object({ state: z.literal("initialising"), by: node, name: z.string(), address: z.string(), at: time }),
  z.object({
    state: z.literal("ready"),
    id: z.string(),
    /** Where to join, `host:2377`, sorted. */
    managers: z.array(z.string()),
  }),
]);
export type SwarmRecord = z.infer<typeof SwarmRecord>;

/**
 * `operation`, by the leader: the one membership change in flight, resumed by the next leader. It names the machine that
 * is changed; its member is known once the learner was added (promote) or from the start (demote).
 */
export const Operation = machineRef.extend({
  id: z.string(),
  /** `remove`: only what `replaces` names is taken out, because there are enough others. */
  kind: z.enum(["promote", "demote", "remove"]),
  /** The step last begun: its id tells it from other steps of the operation, its text is that of `swarmkeeper plan`. */
  step: z.object({ id: z.string(), text: z.string() }),
  reason: z.string(),
  startedAt: time,
  /** After this it is given back instead of being waited for. */
  deadline: time,
  /** True once a failed promotion is being undone. */
  rollingBack: z.boolean(),
  /** A manager judged dead: taken out of both rafts first; a promotion then puts another in its place. */
  replaces: machineRef.optional(),
});
export type Operation = z.infer<typeof Operation>;

/** `remediation`, by the leader: what has been tried in vain, so that the next leader does not begin to count anew. */
export const Remediation = z.object({
  /** Candidates that were given back, oldest first. */
  failures: z.array(z.object({ node, name: z.string(), at: time, why: z.string() })),
  /** What `spec/remediation/reset` said when they were counted; another value forgets them. */
  reset: z.string(),
});
export type Remediation = z.infer<typeof Remediation>;

/** `shunned`, by the leader: addresses of managers judged dead, which every host refuses to dial for the swarm. */
export const BlockedManagers = z.object({ addresses: z.array(z.ipv4()) });
export type BlockedManagers = z.infer<typeof BlockedManagers>;

/** `revisions/N`, by the leader: the units of both roles as they were at one time. The last ten are kept. */
export const Revision = z.object({
  /** Raised by one with each change of the lists or the texts. */
  number: z.int().positive(),
  at: time,
  units: z.object({ manager: z.array(unitName), worker: z.array(unitName) }),
  /** By the names that the spec gives them: of an instance it may be the template's. */
  files: unitFiles,
  /** By listed unit: those that it activates, which are placed beside it and not started. */
  brings: z.record(unitName, z.array(unitName)).default({}),
  /** The texts that say Drain=yes: of its own, and of those that hosts were still assigned when it was made. */
  drains: z.array(textHash).default([]),
});
export type Revision = z.infer<typeof Revision>;

/** Its tasks were moved away before the change, and come back when it is proven. */
const drained = z.boolean().optional();

/** `rollout`, by the leader: how far the hosts have been brought to a revision, resumed by the next leader. */
export const Rollout = z.object({
  /** The revision that the spec asks for. */
  revision: z.int().positive(),
  /** The one that hosts are brought to: the same, or the last good one while a failed rollout is reverted. */
  target: z.int().positive(),
  /** The last one that every host was proven to run; 0 before the first. */
  lastGoodRevision: z.int().nonnegative(),
  /** Hosts proven to run the target since it was begun. */
  updated: z.int().nonnegative(),
  /** About to be changed, once swarm has moved its tasks away from there. */
  draining: z.array(z.object({ node, name: z.string(), at: time })).default([]),
  /** Changed by us and not proven yet: whatever befalls them now is on our account. */
  inFlight: z.array(z.object({ node, name: z.string(), at: time, drained })),
  /** Changed by us, and not well since: they spend the budget until they are. */
  failed: z.array(z.object({ node, name: z.string(), at: time, drained, reason: camelCase, why: z.string() })),
  /** Why no other host is changed any more, until the operator says so. */
  halted: z.string().optional(),
  /** What `spec/rollout/retry` said when that was so; another value lets it go on. */
  retry: z.string(),
  begunAt: time,
  /** When a host was last begun, or proven. */
  progressAt: time,
});
export type Rollout = z.infer<typeof Rollout>;

/** `status/spec/PATH`, by the leader: the value in force, and the one that was refused, if any. */
export const SpecStatus = z.object({
  effective: z.string(),
  rejected: z
    .object({
      value: z.string(),
      modRevision: z.int(),
      at: time,
      reason: z.string(),
      expected: z.string(),
      /** Where in the value, counted from 1, when it has lines. */
      line: z.int().optional(),
      column: z.int().optional(),
      /** Units that no host knows: what stands against it, and no longer once the spec carries their texts. */
      unknown: z.array(z.string()).optional(),
    })
    .optional(),
});
export type SpecStatus = z.infer<typeof SpecStatus>;

/** `leader`, by the controller that leads, under its lease. */
export const LeaderRecord = z.object({ node, name: z.string(), since: time, version: z.string() });
export type LeaderRecord = z.infer<typeof LeaderRecord>;

const quorum = z.object({ voters: z.int(), healthy: z.int(), needed: z.int(), canLose: z.int() });
export type QuorumReport = z.infer<typeof quorum>;

/** One line of `swarmkeeper plan`. */
export const PlanStep = z.object({
  node: z.string(),
  system: z.enum(["etcd", "swarm", "agent", "controller"]),
  text: z.string(),
  why: z.string().optional(),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** Why a swarm node takes no tasks: who asked for it, and the same in a sentence for people. */
export const Drained = z.object({ reason: z.enum(["Operator", "Rollout", "Manually"]), message: z.string() });
export type Drained = z.infer<typeof Drained>;

/** `status/cluster`, by the leader: one report from which status, plan, log and messages are all written. */
export const ClusterStatus = z.object({
  ready: z.boolean(),
  managers: z.object({ wanted: z.int(), now: z.int() }),
  swarm: z.object({
    id: z.string(),
    quorum,
    nodes: z.array(
      z.object({
        id: swarmNode,
        node: node.optional(),
        name: z.string(),
        address: z.string(),
        role,
        state: z.enum(["ready", "down", "unknown", "disconnected"]),
        availability: z.enum(["active", "pause", "drain"]),
        /** Who drained it and why, where it is drained. */
        drained: Drained.optional(),
        manager: z.object({ leader: z.boolean(), reachable: z.boolean() }).optional(),
      }),
    ),
  }),
  etcd: z.object({
    cluster: member,
    quorum,
    members: z.array(
      z.object({
        id: member,
        name: z.string(),
        node: node.optional(),
        peerUrl: z.string(),
        learner: z.boolean(),
        leader: z.boolean(),
        healthy: z.boolean(),
      }),
    ),
  }),
  /** One sentence: what is wanted and what is. */
  goal: z.string(),
  steps: z.array(PlanStep),
  waiting: z.array(Waiting),
  /** Managers that do not answer, and since when without a break; from `until` on they may be replaced. */
  unreachable: z
    .array(
      machineRef.extend({
        since: time,
        until: time,
        /** What says so, and what does not agree yet. */
        why: z.string(),
      }),
    )
    .default([]),
  /** What an operator must know; those that stand, and while nothing can be observed those that stood. */
  conditions: z.array(Condition),
  vault: VaultOverview.optional(),
});
export type ClusterStatus = z.infer<typeof ClusterStatus>;

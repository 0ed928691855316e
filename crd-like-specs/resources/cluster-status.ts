// The status of the cluster, from which the commands, the log and the notifications are made.
import { z } from "zod";
import { Condition } from "./condition.ts";
import { role } from "./role.ts";
import { machineRef, member, node, swarmNode, time, Waiting } from "./shapes.ts";
import { VaultOverview } from "./vault.ts";

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

/** Why a swarm node is drained: a reason, and a human-readable sentence. */
export const Drained = z.object({ reason: z.enum(["Operator", "Rollout", "Manually"]), message: z.string() });
export type Drained = z.infer<typeof Drained>;

/** `status/cluster`, written by the leader: the report of its last round. */
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
        /** Why it is drained; absent if it is not. */
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
  /** One sentence: the desired number of managers and the current one. */
  goal: z.string(),
  steps: z.array(PlanStep),
  waiting: z.array(Waiting),
  /** Managers that have not answered since `since`. From `until` on they may be replaced. */
  unreachable: z
    .array(
      machineRef.extend({
        since: time,
        until: time,
        /** What shows that it is unreachable, and what does not yet confirm that it is dead. */
        why: z.string(),
      }),
    )
    .default([]),
  /** The conditions that hold. While the cluster cannot be observed, also those that held before. */
  conditions: z.array(Condition),
  vault: VaultOverview.optional(),
});
export type ClusterStatus = z.infer<typeof ClusterStatus>;

// The one report of the cluster: status, plan, log and notifications are all made from it.
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

// The status of a node: what it is, what it runs, and the drift that its agent corrected.
import { z } from "zod";
import { member, node, swarmNode, textHash, time } from "./shapes.ts";
import { UnitProblem } from "./unit-problem.ts";
import { VaultReport } from "./vault.ts";

export const UnitReport = z.object({
  name: z.string(),
  active: z.string(),
  sub: z.string(),
  restarts: z.int(),
  since: time.optional(),
  /** The text with which it was last started, if the spec carries it. */
  file: textHash.optional(),
  /** Why it is unhealthy, by the rules of its kind; absent while it is healthy. */
  problem: UnitProblem.optional(),
});
export type UnitReport = z.infer<typeof UnitReport>;

export const Drift = z.object({
  unit: z.string(),
  reason: z.enum(["FileDeleted", "FileEdited", "Stopped"]),
  /** The same as a human-readable sentence. */
  what: z.string(),
  at: time,
});
export type Drift = z.infer<typeof Drift>;

/** `status/nodes/ID`, written by the agent, and only when something has changed. */
export const NodeStatus = z.object({
  id: node,
  name: z.string(),
  /** The generation of the assignment that is applied; 0 before the first. */
  generation: z.int().nonnegative(),
  phase: z.enum(["bootstrapping", "applying", "running", "rejected", "gone"]),
  /** Why the phase is `rejected`, or what the agent waits for. */
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
  /** Former swarm nodes of this node, which left the swarm in order. Their records may be removed. */
  left: z.array(swarmNode),
  units: z.array(UnitReport),
  /** Units of the assignment of this generation that neither the release nor systemd has. */
  unknownUnits: z.object({ generation: z.int(), names: z.array(z.string()) }).optional(),
  /** The last manual changes that the agent reverted, oldest first. */
  drift: z.array(Drift).optional(),
  vault: VaultReport.optional(),
});
export type NodeStatus = z.infer<typeof NodeStatus>;

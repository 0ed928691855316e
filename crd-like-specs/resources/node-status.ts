// What one node is and runs, and what someone changed there manually.
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

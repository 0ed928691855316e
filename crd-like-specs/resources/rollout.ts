// Revisions of the units, and the rollout that brings all nodes to one of them.
import { z } from "zod";
import { camelCase, node, textHash, time, unitFiles, unitName } from "./shapes.ts";

/** `revisions/N`, written by the leader: the units of both roles at one time. The last ten are kept. */
export const Revision = z.object({
  /** Increases by one with each change of the lists or the texts. */
  number: z.int().positive(),
  at: time,
  units: z.object({ manager: z.array(unitName), worker: z.array(unitName) }),
  /** By the name in the spec. For an instance it may be the name of its template. */
  files: unitFiles,
  /** By listed unit: the units that it activates. They are placed and not started. */
  brings: z.record(unitName, z.array(unitName)).default({}),
  /** The texts with Drain=yes, of this revision and of the assignments at the time when it was made. */
  drains: z.array(textHash).default([]),
});
export type Revision = z.infer<typeof Revision>;

/** Whether the rollout drained the node before the change. Its tasks come back when it is updated. */
const drained = z.boolean().optional();

/** `rollout`, written by the leader: the state of the rollout, which the next leader continues. */
export const Rollout = z.object({
  /** The revision that the spec asks for. */
  revision: z.int().positive(),
  /** The revision that nodes are brought to: the same, or the last good one while a failed rollout is reverted. */
  target: z.int().positive(),
  /** The newest revision that every node ran and was healthy with; 0 before the first. */
  lastGoodRevision: z.int().nonnegative(),
  /** Number of nodes updated to the target since the rollout began. */
  updated: z.int().nonnegative(),
  /** Nodes that are changed as soon as swarm has moved their tasks away. */
  draining: z.array(z.object({ node, name: z.string(), at: time })).default([]),
  /** Nodes that the rollout has changed and that are not yet updated. They count against the disruption budget. */
  inFlight: z.array(z.object({ node, name: z.string(), at: time, drained })),
  /**
   * Nodes that are unhealthy since the rollout changed them. They count against the disruption budget until they
   * recover.
   */
  failed: z.array(z.object({ node, name: z.string(), at: time, drained, reason: camelCase, why: z.string() })),
  /** Why the rollout changes no other node until the operator acts. */
  halted: z.string().optional(),
  /** The value of `spec/rollout/retry` when the rollout halted. Another value lets it continue. */
  retry: z.string(),
  begunAt: time,
  /** When the rollout last began to change a node, or a node was last updated. */
  progressAt: time,
});
export type Rollout = z.infer<typeof Rollout>;

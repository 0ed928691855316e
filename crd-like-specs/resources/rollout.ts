// The units of the cluster at one time, and how far the nodes have been brought to them.
import { z } from "zod";
import { camelCase, node, textHash, time, unitFiles, unitName } from "./shapes.ts";

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

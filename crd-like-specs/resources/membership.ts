// The durable state of membership changes, which the next leader continues.
import { z } from "zod";
import { machineRef, node, time } from "./shapes.ts";

/** `swarm`, written by the node that runs `swarm init`, later by the leader. It prevents a second swarm. */
export const SwarmRecord = z.discriminatedUnion("state", [
  z.object({ state: z.literal("initialising"), by: node, name: z.string(), address: z.string(), at: time }),
  z.object({
    state: z.literal("ready"),
    id: z.string(),
    /** Where to join: `ADDRESS:2377`, sorted. */
    managers: z.array(z.string()),
  }),
]);
export type SwarmRecord = z.infer<typeof SwarmRecord>;

/**
 * `operation`, written by the leader: the one membership change in progress, which the next leader resumes. It names
 * the machine that changes. Its member is known from the start (demote), or as soon as the learner is added (promote).
 */
export const Operation = machineRef.extend({
  id: z.string(),
  /** `remove`: removes the machine in `replaces` without a successor, because there are enough other managers. */
  kind: z.enum(["promote", "demote", "remove"]),
  /** The step that began last. The id identifies it within the operation; the text is that of `swarmkeeper plan`. */
  step: z.object({ id: z.string(), text: z.string() }),
  reason: z.string(),
  startedAt: time,
  /** From this time on, the promotion is rolled back. */
  deadline: time,
  /** Whether a failed promotion is being rolled back. */
  rollingBack: z.boolean(),
  /** A dead manager, which is removed from both rafts first. A promotion then gives it a successor. */
  replaces: machineRef.optional(),
});
export type Operation = z.infer<typeof Operation>;

/** `remediation`, written by the leader: the failed attempts, so that the next leader continues to count them. */
export const Remediation = z.object({
  /** Candidates whose promotion was rolled back, oldest first. */
  failures: z.array(z.object({ node, name: z.string(), at: time, why: z.string() })),
  /** The value of `spec/remediation/reset` when they were counted. Another value clears them. */
  reset: z.string(),
});
export type Remediation = z.infer<typeof Remediation>;

/** `blocked`, written by the leader: addresses of dead managers, whose swarm port every node rejects. */
export const BlockedManagers = z.object({ addresses: z.array(z.ipv4()) });
export type BlockedManagers = z.infer<typeof BlockedManagers>;

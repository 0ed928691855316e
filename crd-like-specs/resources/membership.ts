// What a change of the managers leaves in etcd, so that the next leader continues it.
import { z } from "zod";
import { machineRef, node, time } from "./shapes.ts";

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

// What one node must be and run.
import { z } from "zod";
import { role } from "./role.ts";
import { member, swarmNode, time, unitFiles, unitName } from "./shapes.ts";
import { VaultAssignment } from "./vault.ts";

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

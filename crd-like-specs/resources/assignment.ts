// The assignment of a node: what it must be and run.
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
    /**
     * A former etcd member of this node, which is removed. The agent may wipe its data if a quorum confirms the
     * removal.
     */
    removed: member.optional(),
  }),
  z.object({
    mode: z.literal("member"),
    endpoints: z.array(z.string()),
    member,
    /** The value of `--initial-cluster` for the first start of this member: all members, including itself. */
    initialCluster: z.array(EtcdPeer),
  }),
]);
export type EtcdAssignment = z.infer<typeof etcdAssignment>;

/** `assignments/ID`, written by the leader: what this node must be and run. */
export const Assignment = z.object({
  /** Increases by one with each change of the other fields. */
  generation: z.int().positive(),
  role,
  etcd: etcdAssignment,
  /**
   * The units of the role, in start order. A name becomes part of a path on the node, so only valid names are
   * accepted.
   */
  units: z.array(unitName),
  /**
   * The texts that the spec carries. Other units come with the release or belong to the node. A unit that is not in
   * `units` is placed and not started: a timer, a socket or a path of the list activates it.
   */
  files: unitFiles.optional(),
  /** For a manager that runs Vault. The unit of Vault starts after all others. */
  vault: VaultAssignment.optional(),
  /** A former swarm node of this node, which is removed. The engine may leave that membership and join again. */
  swarmRemoved: swarmNode.optional(),
  /** When the node was last demoted. Docker needs a minute between two changes of a node's role. */
  demotedAt: time.optional(),
});
export type Assignment = z.infer<typeof Assignment>;

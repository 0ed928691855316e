// The shapes that several resources share.
import { z } from "zod";
import { UNIT_NAME_PATTERN } from "../units/unit-name.ts";
import type { MemberId, NodeId, SwarmNodeId } from "./ids.ts";

export const node = z.string().regex(/^[0-9a-f]{12}$/) as unknown as z.ZodType<NodeId>;
export const swarmNode = z.string().min(1) as unknown as z.ZodType<SwarmNodeId>;
export const member = z.string().regex(/^[0-9a-f]+$/) as unknown as z.ZodType<MemberId>;
/** RFC 3339 in UTC. */
export const time = z.iso.datetime();
/** SHA-256 of a text, in hex. etcd stores the text of a unit file under this name. */
export const textHash = z.string().regex(/^[0-9a-f]{64}$/);

export const unitName = z.string().regex(new RegExp(UNIT_NAME_PATTERN));
/** Hashes of texts, by unit name. */
export const unitFiles = z.record(unitName, textHash);

/**
 * Identifies a machine by its node, its etcd member and its swarm node. An id is absent if the machine has none or if
 * it is unknown. Names and addresses are not unique: only ids distinguish two machines.
 */
export const machineRef = z.object({
  node: node.optional(),
  name: z.string(),
  /** Without a port; empty if it is unknown. */
  address: z.string(),
  swarmNode: swarmNode.optional(),
  member: member.optional(),
});
export type MachineRef = z.infer<typeof machineRef>;

/** The ids of a machine, as far as they are known. */
export type MachineIds = { readonly [kind in "node" | "member" | "swarmNode"]?: string | undefined };

/** Whether both are the same machine: they have the same etcd member or the same swarm node. */
export const isSameMachine = (a: RaftIds, b: RaftIds): boolean =>
  (a.member !== undefined && a.member === b.member) || (a.swarmNode !== undefined && a.swarmNode === b.swarmNode);

type RaftIds = Pick<MachineRef, "member" | "swarmNode">;

/** A reason, such as `EtcdUnreachable`. */
export const camelCase = z.string().regex(/^[A-Z][A-Za-z0-9]*$/);

/** What the leader waits for, why (as a reason and as a sentence), since when and until when. */
export const Waiting = z.object({
  what: z.string(),
  reason: camelCase,
  why: z.string(),
  since: time.optional(),
  until: time.optional(),
});
export type Waiting = z.infer<typeof Waiting>;

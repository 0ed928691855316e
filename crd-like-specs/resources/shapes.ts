// The small shapes that resources are made of.
import { z } from "zod";
import { UNIT_NAME_PATTERN } from "../units/unit-name.ts";
import type { MemberId, NodeId, SwarmNodeId } from "./ids.ts";

export const node = z.string().regex(/^[0-9a-f]{12}$/) as unknown as z.ZodType<NodeId>;
export const swarmNode = z.string().min(1) as unknown as z.ZodType<SwarmNodeId>;
export const member = z.string().regex(/^[0-9a-f]+$/) as unknown as z.ZodType<MemberId>;
/** RFC 3339 in UTC. */
export const time = z.iso.datetime();
/** SHA-256 of a text, in hex: what tells two texts apart, and the name under which etcd keeps that of a unit file. */
export const textHash = z.string().regex(/^[0-9a-f]{64}$/);

export const unitName = z.string().regex(new RegExp(UNIT_NAME_PATTERN));
/** Hashes of texts, by unit name. */
export const unitFiles = z.record(unitName, textHash);

/**
 * What names one machine, whatever is known of it: our own id, its etcd member, its swarm node. A part is absent where
 * the machine has none or where nothing shows it. Names and addresses repeat, so that only the ids tell two machines apart.
 */
export const machineRef = z.object({
  node: node.optional(),
  name: z.string(),
  /** Without a port; empty when nothing shows it. */
  address: z.string(),
  swarmNode: swarmNode.optional(),
  member: member.optional(),
});
export type MachineRef = z.infer<typeof machineRef>;

/** The ids of a machine, as far as they are known. */
export type MachineIds = { readonly [part in "node" | "member" | "swarmNode"]?: string | undefined };

/** Whether both name one machine: a part of a raft that both have must be the same, and one such part is enough. */
export const isSameMachine = (a: RaftParts, b: RaftParts): boolean =>
  (a.member !== undefined && a.member === b.member) || (a.swarmNode !== undefined && a.swarmNode === b.swarmNode);

type RaftParts = Pick<MachineRef, "member" | "swarmNode">;

/** A word for programs: `EtcdUnreachable`. */
export const camelCase = z.string().regex(/^[A-Z][A-Za-z0-9]*$/);

/** For whom, why (in one word for programs, and in a sentence for people), since and until when something is waited for. */
export const Waiting = z.object({
  what: z.string(),
  reason: camelCase,
  why: z.string(),
  since: time.optional(),
  until: time.optional(),
});
export type Waiting = z.infer<typeof Waiting>;

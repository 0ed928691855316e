// The small shapes that resources are made of.
import { z } from "zod";
import type { MemberId, NodeId, SwarmNodeId } from "./ids.ts";

export const node = z.string().regex(/^[0-9a-f]{12}$/) as unknown as z.ZodType<NodeId>;
export const swarmNode = z.string().min(1) as unknown as z.ZodType<SwarmNodeId>;
export const member = z.string().regex(/^[0-9a-f]+$/) as unknown as z.ZodType<MemberId>;
/** RFC 3339 in UTC. */
export const time = z.iso.datetime();
/** SHA-256 of a text, in hex: what tells two texts apart, and the name under which etcd keeps that of a unit file. */
export const textHash = z.string().regex(/^[0-9a-f]{64}$/);

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

// The status of a setting: the effective value, and the rejected one.
import { z } from "zod";
import { time } from "./shapes.ts";

/** `status/spec/PATH`, written by the leader: the effective value, and the rejected one if there is one. */
export const SpecStatus = z.object({
  effective: z.string(),
  rejected: z
    .object({
      value: z.string(),
      modRevision: z.int(),
      at: time,
      reason: z.string(),
      expected: z.string(),
      /** The place in a value that has lines, counted from 1. */
      line: z.int().optional(),
      column: z.int().optional(),
      /** Units that no node knows, which is why the value is rejected until the spec carries their texts. */
      unknown: z.array(z.string()).optional(),
    })
    .optional(),
});
export type SpecStatus = z.infer<typeof SpecStatus>;

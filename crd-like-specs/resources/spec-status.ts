// What became of one setting that the operator wrote.
import { z } from "zod";
import { time } from "./shapes.ts";

/** `status/spec/PATH`, by the leader: the value in force, and the one that was refused, if any. */
export const SpecStatus = z.object({
  effective: z.string(),
  rejected: z
    .object({
      value: z.string(),
      modRevision: z.int(),
      at: time,
      reason: z.string(),
      expected: z.string(),
      /** Where in the value, counted from 1, when it has lines. */
      line: z.int().optional(),
      column: z.int().optional(),
      /** Units that no host knows: what stands against it, and no longer once the spec carries their texts. */
      unknown: z.array(z.string()).optional(),
    })
    .optional(),
});
export type SpecStatus = z.infer<typeof SpecStatus>;

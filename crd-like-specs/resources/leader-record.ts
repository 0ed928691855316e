// The record of the leader.
import { z } from "zod";
import { node, time } from "./shapes.ts";

/** `leader`, written by the leading controller under its lease. */
export const LeaderRecord = z.object({ node, name: z.string(), since: time, version: z.string() });
export type LeaderRecord = z.infer<typeof LeaderRecord>;

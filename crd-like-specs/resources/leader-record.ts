// The record of the controller that leads.
import { z } from "zod";
import { node, time } from "./shapes.ts";

/** `leader`, by the controller that leads, under its lease. */
export const LeaderRecord = z.object({ node, name: z.string(), since: time, version: z.string() });
export type LeaderRecord = z.infer<typeof LeaderRecord>;

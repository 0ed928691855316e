// The two roles of a node.
import { z } from "zod";

export const role = z.enum(["manager", "worker"]);
export type Role = z.infer<typeof role>;
export const ROLES: readonly Role[] = role.options;

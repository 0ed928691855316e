// The role of a node, of which a cluster has two.
import { z } from "zod";

export const role = z.enum(["manager", "worker"]);
export type Role = z.infer<typeof role>;
export const ROLES: readonly Role[] = role.options;

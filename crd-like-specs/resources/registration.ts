// The registration of a node: its agent runs.
import { z } from "zod";
import { role } from "./role.ts";
import { node, time } from "./shapes.ts";

/** `nodes/ID`, written by the agent under its lease. */
export const Registration = z.object({
  id: node,
  name: z.string(),
  /** The node's address in the cluster, without a port. */
  address: z.string(),
  /** From its user-data. A `worker` can be promoted too; a `manager` is preferred. */
  role,
  versions: z.object({ swarmkeeper: z.string(), docker: z.string(), etcd: z.string() }),
  bootId: z.string(),
  registeredAt: time,
});
export type Registration = z.infer<typeof Registration>;

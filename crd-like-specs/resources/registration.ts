// The record of a node that exists.
import { z } from "zod";
import { role } from "./role.ts";
import { node, time } from "./shapes.ts";

/** `nodes/ID`, by the agent under its lease: this host is there. */
export const Registration = z.object({
  id: node,
  name: z.string(),
  /** The host's address in the cluster, without a port. */
  address: z.string(),
  /** What its user-data made it; a `worker` can be promoted too, a `manager` is preferred. */
  role,
  versions: z.object({ swarmkeeper: z.string(), docker: z.string(), etcd: z.string() }),
  bootId: z.string(),
  registeredAt: time,
});
export type Registration = z.infer<typeof Registration>;

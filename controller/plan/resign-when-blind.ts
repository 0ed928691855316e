// A controller resigns when its own engine shows no swarm and another controller's engine does.
import type { PlanInput } from "../state/input.ts";
import type { Action } from "./actions.ts";

/** How long the engine may show no swarm before the controller resigns: the swarm leader may just have changed. */
const UNOBSERVED_MS = 20_000;

/** While no other engine shows the swarm either, the controller stays, and the report names the condition. */
export function resignWhenBlind({ self, now, swarm, statuses, registrations }: PlanInput): Action[] {
  if (swarm.known || now - swarm.since < UNOBSERVED_MS) return [];
  const successor = [...statuses.values()].find(
    ({ id, swarm }) => id !== self && registrations.has(id) && swarm.control,
  );
  return successor ? [{ type: "resign", why: `${swarm.why}; ${successor.name} can observe it` }] : [];
}

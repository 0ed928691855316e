// A controller whose own engine shows it no swarm lets one lead that says it sees it.
import type { PlanInput } from "../state/input.ts";
import type { Action } from "./actions.ts";

/** For so long nothing is made of a swarm that this engine does not show: its leader may just have changed. */
const UNSEEN_MS = 20_000;

/** While no other sees the swarm either, it stays and says so. */
export function resignWhenBlind({ self, now, swarm, statuses, registrations }: PlanInput): Action[] {
  if (swarm.known || now - swarm.since < UNSEEN_MS) return [];
  const successor = [...statuses.values()].find(
    ({ id, swarm }) => id !== self && registrations.has(id) && swarm.control,
  );
  return successor ? [{ type: "resign", why: `${swarm.why}; ${successor.name} sees it` }] : [];
}

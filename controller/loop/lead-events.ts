// The events about the lead itself: who has it, and why it is given up.
import type { EffectDeps } from "../effects/deps.ts";
import { tell } from "../effects/tell.ts";
import type { Memory } from "./memory.ts";

/** Once a term, and never by one that does not stay: one that takes the lead only to give it up has nothing to record. */
export async function tellLead(deps: EffectDeps, memory: Memory): Promise<void> {
  if (memory.leads) return;
  const text = `the controller on ${deps.events.by} leads`;
  await tell(deps, [{ about: "controller", level: "info", text, node: deps.events.by }], []);
  memory.leads = true;
}

/** Only where an event said that it leads. */
export async function tellResigning(why: string, deps: EffectDeps, memory: Memory): Promise<void> {
  if (!memory.leads) return;
  const text = `the controller on ${deps.events.by} gives up the lead: ${why}`;
  await tell(deps, [{ about: "controller", level: "info", text, node: deps.events.by }], []);
}

// The events about the lead itself: who has it, and why it is given up.
import type { News } from "../../crd-like-specs/resources/event.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { tell } from "../effects/record-events.ts";
import type { Memory } from "./memory.ts";

/** Once a term, and never by one that does not stay: one that takes the lead only to give it up has nothing to record. */
export async function tellLead(deps: EffectDeps, memory: Memory): Promise<void> {
  if (memory.leads) return;
  await tell(deps, [leadNews(deps, "ControllerElected", "leads")], []);
  memory.leads = true;
}

/** Only where an event said that it leads. */
export async function tellResigning(why: string, deps: EffectDeps, memory: Memory): Promise<void> {
  if (!memory.leads) return;
  await tell(deps, [leadNews(deps, "ControllerResigned", `gives up the lead: ${why}`)], []);
}

const leadNews = ({ events: { by } }: EffectDeps, reason: string, what: string): News => ({
  ...{ about: "controller", level: "info", reason, subject: by, text: `the controller on ${by} ${what}`, node: by },
});

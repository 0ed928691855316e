// The events about the lead itself: who has it, and why it is given up.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { recordEvents } from "../effects/record-events.ts";
import type { Memory } from "./memory.ts";

/** Once a term, and never by one that does not stay: one that takes the lead only to give it up has nothing to record. */
export async function recordElected(deps: EffectDeps, memory: Memory): Promise<void> {
  if (memory.leads) return;
  await recordEvents(deps, [leaderEvent(deps, "ControllerElected", "leads")], []);
  memory.leads = true;
}

/** Only where an event said that it leads. */
export async function recordResigned(why: string, deps: EffectDeps, memory: Memory): Promise<void> {
  if (!memory.leads) return;
  await recordEvents(deps, [leaderEvent(deps, "ControllerResigned", `gives up the lead: ${why}`)], []);
}

const leaderEvent = ({ events: { by } }: EffectDeps, reason: string, what: string): NewEvent => ({
  ...{ topic: "controller", severity: "info", reason, subject: by, text: `the controller on ${by} ${what}`, node: by },
});

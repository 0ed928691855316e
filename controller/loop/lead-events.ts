// Events of the leadership: who leads, and why it resigns.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { recordEvents } from "../effects/record-events.ts";
import type { Memory } from "./memory.ts";

/**
 * Records once a term that this controller leads. Not called in a round that resigns: a leader that resigns at once
 * records nothing.
 */
export async function recordElected(deps: EffectDeps, memory: Memory): Promise<void> {
  if (memory.leads) return;
  await recordEvents(deps, [leaderEvent(deps, "ControllerElected", "leads")], []);
  memory.leads = true;
}

/** Records a resignation, if an event has recorded the leadership before. */
export async function recordResigned(why: string, deps: EffectDeps, memory: Memory): Promise<void> {
  if (!memory.leads) return;
  await recordEvents(deps, [leaderEvent(deps, "ControllerResigned", `resigns: ${why}`)], []);
}

const leaderEvent = ({ events: { by } }: EffectDeps, reason: string, what: string): NewEvent => ({
  ...{ topic: "controller", severity: "info", reason, subject: by, text: `the controller on ${by} ${what}`, node: by },
});

// The constructor of the events in this folder.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";

/** `subject`: the ids of what it happened to. `node`: the name of the node that it is about. */
export const eventOf = (
  topic: NewEvent["topic"],
  severity: NewEvent["severity"],
  reason: string,
  subject: string,
  text: string,
  node?: string,
): NewEvent => ({ topic, severity, reason, subject, text, ...(node !== undefined && { node }) });

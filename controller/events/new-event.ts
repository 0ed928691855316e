// One way to make an event of this room: what it is about, how severe, why, and what it happened to.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";

export const eventOf = (
  topic: NewEvent["topic"],
  severity: NewEvent["severity"],
  reason: string,
  subject: string,
  text: string,
  node?: string,
): NewEvent => ({ topic, severity, reason, subject, text, ...(node !== undefined && { node }) });

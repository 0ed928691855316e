// One way to make an event of this room: what it is about, how severe, why, and what it happened to.
import type { News } from "../../crd-like-specs/resources/event.ts";

export const eventOf = (
  about: News["about"],
  level: News["level"],
  reason: string,
  subject: string,
  text: string,
  node?: string,
): News => ({ about, level, reason, subject, text, ...(node !== undefined && { node }) });

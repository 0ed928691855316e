// What the operator has written since the last round, for the log line of the round.
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import type { Memory } from "./memory.ts";

/**
 * One text for each changed key, such as "spec/managers changed (revision 1290)"; none in the first round. Updates the
 * memory.
 */
export function specChangesSince(spec: readonly SpecEntry[], memory: Memory): string[] {
  const before = memory.specRevision;
  memory.specRevision = Math.max(before ?? 0, ...spec.map(({ modRevision }) => modRevision));
  if (before === undefined) return [];
  return spec.flatMap(({ path, modRevision }) =>
    modRevision > before ? [`spec/${path} changed (revision ${modRevision})`] : [],
  );
}

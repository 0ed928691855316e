// What the operator has written since the last round: the cause that its log line names.
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import type { Memory } from "./memory.ts";

/** Each as "spec/managers changed (revision 1290)"; none in the first round of a controller. */
export function specChangesSince(spec: readonly SpecEntry[], memory: Memory): string[] {
  const seen = memory.specRevision;
  memory.specRevision = Math.max(seen ?? 0, ...spec.map(({ modRevision }) => modRevision));
  if (seen === undefined) return [];
  return spec.flatMap(({ path, modRevision }) =>
    modRevision > seen ? [`spec/${path} changed (revision ${modRevision})`] : [],
  );
}

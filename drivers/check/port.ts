// The health check that a unit file names.
import type { Check } from "../../crd-like-specs/units/unit-section.ts";

export interface Checks {
  /**
   * Resolves to undefined when the unit works, else to the reason. The text stays the same while the reason does. Never
   * rejects, and resolves shortly after the check's own time limit at the latest.
   */
  run(check: Check): Promise<string | undefined>;
}

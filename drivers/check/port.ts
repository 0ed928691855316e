// Asking a unit itself whether it works, by the check that its file names.
import type { Check } from "../../crd-like-specs/units/unit-section.ts";

export interface Checks {
  /**
   * Undefined when it works, else why not, in words that stay the same while the reason does. Never rejects, and answers
   * within the check's own time and a moment.
   */
  run(check: Check): Promise<string | undefined>;
}

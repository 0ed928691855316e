// The circuit breaker of promotions: after a few candidates that did not come up no other is tried, until time has passed
// or the operator resets it.
import type { Remediation } from "../../crd-like-specs/resources/membership.ts";
import type { PlanInput } from "./input.ts";

export interface CircuitBreaker {
  /** The failures that still count: younger than the cool-down, and not reset by the operator. Oldest first. */
  readonly failures: Remediation["failures"];
  /** Undefined while candidates are tried. */
  readonly tripped: Tripped | undefined;
}

export interface Tripped {
  /** What failed, and what resets the breaker. */
  readonly why: string;
  /** When it closes by itself, milliseconds since 1970. */
  readonly until: number;
}

export function circuitBreakerOf(input: PlanInput): CircuitBreaker {
  const failures = failuresThatCount(input);
  return { failures, tripped: trippedBy(failures, input.spec.remediation) };
}

function failuresThatCount({ now, spec, remediation }: PlanInput): Remediation["failures"] {
  const { coolDownSeconds, reset } = spec.remediation;
  if (remediation === undefined || remediation.reset !== reset) return [];
  return remediation.failures.filter(({ at }) => now - Date.parse(at) < coolDownSeconds * 1000);
}

function trippedBy(
  failures: Remediation["failures"],
  remediation: PlanInput["spec"]["remediation"],
): Tripped | undefined {
  const { attempts, coolDownSeconds } = remediation;
  const deciding = failures.at(-attempts);
  if (deciding === undefined) return undefined;
  const names = [...new Set(failures.map(({ name }) => name))].join(", ");
  const count = failures.length === 1 ? "1 candidate has" : `${failures.length} candidates have`;
  return {
    why: `${count} failed to come up (${names}) and no other is tried; any new value of spec/remediation/reset closes this`,
    until: Date.parse(deciding.at) + coolDownSeconds * 1000,
  };
}

// The circuit breaker of promotions: after a few failed candidates no other is tried until the cool-down ends or the
// operator resets it.
import type { Remediation } from "../../crd-like-specs/resources/membership.ts";
import type { PlanInput } from "./input.ts";

export interface CircuitBreaker {
  /** The failures that still count: within the cool-down, and not reset by the operator. Oldest first. */
  readonly failures: Remediation["failures"];
  /** Undefined while candidates may be tried. */
  readonly tripped: Tripped | undefined;
}

export interface Tripped {
  /** What failed, and what resets the circuit breaker. */
  readonly why: string;
  /** The end of the cool-down, milliseconds since 1970. */
  readonly until: number;
}

/** The circuit breaker as `remediation` and the spec determine it. Pure; throws nothing. */
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
    why: `${count} failed to come up (${names}) and no other is tried; any new value of spec/remediation/reset resets the circuit breaker`,
    until: Date.parse(deciding.at) + coolDownSeconds * 1000,
  };
}

// Failed attempts: a failed candidate is not tried again until its cool-down ends. After a few failures no other
// candidate is tried either (state/circuit-breaker.ts).
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Operation, Remediation } from "../../../crd-like-specs/resources/membership.ts";
import type { World } from "../../state/world.ts";

/** When the node may be tried again, milliseconds since 1970; undefined where it has not failed. */
export function coolsDownUntil({ input, circuitBreaker }: World, id: NodeId): number | undefined {
  const last = circuitBreaker.failures.findLast(failure => failure.node === id);
  return last && Date.parse(last.at) + input.spec.remediation.coolDownSeconds * 1000;
}

/** The record with this failure added, without failures that no longer count. */
export function afterFailure({ input, circuitBreaker }: World, { node, name, step }: Operation): Remediation {
  const failure = node && { node, name, at: new Date(input.now).toISOString(), why: step.text };
  const failures = [...circuitBreaker.failures, ...(failure ? [failure] : [])];
  return { failures, reset: input.spec.remediation.reset };
}

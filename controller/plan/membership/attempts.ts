// What has been tried in vain: a candidate that did not come up is left alone for a while. After a few of them no other is
// tried (state/circuit-breaker.ts).
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Operation, Remediation } from "../../../crd-like-specs/resources/membership.ts";
import type { World } from "../../state/world.ts";

/** When this host may be tried again (milliseconds since 1970); undefined where nothing speaks against it. */
export function coolsDownUntil({ input, circuitBreaker }: World, node: NodeId): number | undefined {
  const last = circuitBreaker.failures.findLast(failure => failure.node === node);
  return last && Date.parse(last.at) + input.spec.remediation.coolDownSeconds * 1000;
}

/** The record with one failure more; what no longer counts is left out. */
export function afterFailure({ input, circuitBreaker }: World, { node, name, step }: Operation): Remediation {
  const failure = node && { node, name, at: new Date(input.now).toISOString(), why: step.text };
  const failures = [...circuitBreaker.failures, ...(failure ? [failure] : [])];
  return { failures, reset: input.spec.remediation.reset };
}

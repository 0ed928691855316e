// What has been tried in vain: a candidate that did not come up is left alone for a while, and after a few of them
// nobody is tried any more until time has passed or the operator says so (the breaker).
import type { NodeId } from "../../crd-like-specs/ids.ts";
import type { Operation, Remediation } from "../../crd-like-specs/resources.ts";
import type { PlanInput } from "../state/input.ts";

type Failure = Remediation["failures"][number];

/** The failures that still count: younger than the cool-down, and not forgotten by the operator's word. Oldest first. */
export function failuresInForce({ now, spec, remediation }: PlanInput): readonly Failure[] {
  const { coolDownSeconds, reset } = spec.remediation;
  if (remediation === undefined || remediation.reset !== reset) return [];
  return remediation.failures.filter(({ at }) => now - Date.parse(at) < coolDownSeconds * 1000);
}

/** When this host may be tried again (milliseconds since 1970); undefined where nothing speaks against it. */
export function restsUntil(input: PlanInput, node: NodeId): number | undefined {
  const last = failuresInForce(input).findLast(failure => failure.node === node);
  return last && Date.parse(last.at) + input.spec.remediation.coolDownSeconds * 1000;
}

/** The breaker where it is open: how it came about, what closes it, and when it closes by itself. */
export function openBreaker(input: PlanInput): { why: string; until: number } | undefined {
  const { attempts, coolDownSeconds } = input.spec.remediation;
  const failures = failuresInForce(input);
  const deciding = failures.at(-attempts);
  if (deciding === undefined) return undefined;
  const names = [...new Set(failures.map(({ name }) => name))].join(", ");
  const count = failures.length === 1 ? "1 candidate has" : `${failures.length} candidates have`;
  return {
    why: `${count} failed to come up (${names}) and no other is tried; any new value of spec/remediation/reset closes this`,
    until: Date.parse(deciding.at) + coolDownSeconds * 1000,
  };
}

/** The record with one failure more; what no longer counts is left out. */
export function afterFailure(input: PlanInput, { node, name, step }: Operation): Remediation {
  const failure = node && { node, name, at: new Date(input.now).toISOString(), why: step.text };
  return { failures: [...failuresInForce(input), ...(failure ? [failure] : [])], reset: input.spec.remediation.reset };
}

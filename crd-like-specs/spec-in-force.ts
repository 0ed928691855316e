// The spec as it is in force: what its texts say, and what hosts have said against them.
import type { ClusterKeys } from "./cluster-keys.ts";
import { readSpec, type SpecReading, withRefusal } from "./spec/spec.ts";
import { carried } from "./unit-set.ts";

/**
 * A value that is refused leaves in force what its status says. One that was refused because hosts know no such units
 * stays so until it is put again, or until the spec carries the text of one of them: then hosts are asked anew.
 */
export function specInForce({ spec, specStatus }: Pick<ClusterKeys, "spec" | "specStatus">): SpecReading {
  let reading = readSpec(spec, new Map([...specStatus].map(([path, { inForce }]) => [path, inForce])));
  for (const entry of spec) {
    const { inForce = "", refused } = specStatus.get(entry.path) ?? {};
    if (refused?.unknown === undefined || refused.revision !== entry.modRevision) continue;
    if (refused.unknown.some(name => carried(name, reading.spec.units.files) !== undefined)) continue;
    const problem = { path: `spec/${entry.path}`, message: refused.reason, expected: refused.expected };
    reading = withRefusal(reading, { ...entry, problem, inForce, unknown: refused.unknown });
  }
  return reading;
}

// The spec as it is in force: what its texts say, and what hosts have said against them. The one reader of the spec: the
// controller, the agent, Slack and the commands all take it from here.
import { type ClusterKeys, readSpecKeys, type StoredKey } from "../resources/cluster-keys.ts";
import type { Keyspace } from "../resources/keys.ts";
import { carried } from "../units/unit-set.ts";
import { lastEffective, type RejectedEntry, readSpec, type SpecReading, withRejections } from "./spec.ts";

/**
 * A value that is refused leaves in force what its status says. One that was refused because hosts know no such units
 * stays so until it is put again, or until the spec carries the text of one of them: then hosts are asked anew.
 */
export function effectiveSpec({ spec, specStatus }: Pick<ClusterKeys, "spec" | "specStatus">): SpecReading {
  const reading = readSpec(spec, specStatus);
  const { files } = reading.spec.units;
  const rejections = spec.flatMap((entry): RejectedEntry[] => {
    const status = specStatus.get(entry.path);
    const rejected = status?.rejected;
    if (rejected?.unknown === undefined || rejected.modRevision !== entry.modRevision) return [];
    if (rejected.unknown.some(name => carried(name, files) !== undefined)) return [];
    const error = { path: `spec/${entry.path}`, message: rejected.reason, expected: rejected.expected };
    return [{ ...entry, error, effective: lastEffective(entry.path, status), unknown: rejected.unknown }];
  });
  return withRejections(reading, rejections);
}

/** The same, from stored keys; only those under `spec/` and `status/spec/` count. Never throws. */
export const readEffectiveSpec = (keys: Keyspace, kvs: Iterable<StoredKey>): SpecReading =>
  effectiveSpec(readSpecKeys(keys, kvs));

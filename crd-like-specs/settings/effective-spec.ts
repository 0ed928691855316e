// The effective spec: the values under `spec/`, without those that the parsers or the nodes reject. The controller, the
// agent, Slack and the commands all read the spec with this module.
import { type ClusterKeys, readSpecKeys, type StoredKey } from "../resources/cluster-keys.ts";
import type { Keyspace } from "../resources/keys.ts";
import { carried } from "../units/unit-set.ts";
import { lastEffective, type RejectedEntry, readSpec, type SpecReading, withRejections } from "./spec.ts";

/**
 * For a rejected value, the effective value is the one in its status. A list that was rejected because nodes do not
 * know some of its units stays rejected until it is put again, or until the spec carries the text of one of these
 * units. Then the nodes try it again.
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

/** The effective spec from stored keys. Ignores keys outside of `spec/` and `status/spec/`. Never throws. */
export const readEffectiveSpec = (keys: Keyspace, kvs: Iterable<StoredKey>): SpecReading =>
  effectiveSpec(readSpecKeys(keys, kvs));

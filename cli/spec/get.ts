// `swarmkeeper get`: prints the effective spec as a Cluster document, which `swarmkeeper apply` accepts.

import { readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { renderCluster } from "../../crd-like-specs/settings/cluster.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { textsOf } from "../../crd-like-specs/settings/setting.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { type EtcdOptions, withEtcd } from "../cluster/etcd.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";

export async function get(options: EtcdOptions): Promise<number> {
  const { effective, rejected } = await withEtcd(options, async (etcd, keys) => {
    const { kvs } = await etcd.kv.list(keys.root);
    return effectiveSpec(readClusterKeys(keys, kvs));
  });
  process.stdout.write(renderCluster({ values: textsOf(effective) }));
  for (const { error } of rejected) process.stderr.write(`rejected: ${explain(error)}\n`);
  return 0;
}

export const command: CliCommand = {
  define: command => etcdOptions(command).action(exitWith(get)),
};

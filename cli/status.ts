// `swarmkeeper status`: one listing of the cluster's keys, shown. It asks nobody but etcd, so it works on every host
// and while no controller leads.

import { readClusterKeys } from "../crd-like-specs/cluster-keys.ts";
import { type EtcdOptions, withEtcd } from "./etcd.ts";
import { type Form, printDocument, printLines } from "./print.ts";
import { buildStatus } from "./view/build.ts";
import { paintFor } from "./view/paint.ts";
import { statusText } from "./view/status-text.ts";

export interface StatusOptions extends EtcdOptions {
  readonly output: "table" | "wide" | Form;
}

/** 0 whenever etcd answered: whether the cluster is ready is what is shown, and the field `ready` of the JSON. */
export async function status(options: StatusOptions): Promise<number> {
  const view = await withEtcd(options, async (etcd, keys) =>
    buildStatus(readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs)),
  );
  if (options.output === "json" || options.output === "yaml") printDocument(view, options.output);
  else {
    const paint = paintFor(process.stdout, process.env);
    printLines(statusText(view, { now: Date.now(), paint, wide: options.output === "wide" }));
  }
  return 0;
}

// `swarmkeeper plan`: what the leading controller would do next, from its own report, or why it does nothing.
import { readClusterKeys } from "../crd-like-specs/cluster-keys.ts";
import { type EtcdOptions, withEtcd } from "./etcd.ts";
import { type Form, printDocument, printLines } from "./print.ts";
import { paintFor } from "./view/paint.ts";
import { buildPlan, planText } from "./view/plan.ts";

export interface PlanOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

export async function plan(options: PlanOptions): Promise<number> {
  const view = await withEtcd(options, async (etcd, keys) =>
    buildPlan(readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs)),
  );
  if (options.output === "text") printLines(planText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return 0;
}

// `swarmkeeper plan`: what the leading controller would do next, from its own report, or why it does nothing.
import { type EtcdOptions, withEtcd } from "./etcd.ts";
import { type Form, printDocument, printLines } from "./print.ts";
import { collect } from "./view/collect.ts";
import { paintFor } from "./view/paint.ts";
import { buildPlan, planText } from "./view/plan.ts";

export interface PlanOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

export async function plan(options: PlanOptions): Promise<number> {
  const view = await withEtcd(options, async (etcd, keys) =>
    buildPlan(collect((await etcd.kv.list(keys.root)).kvs, keys)),
  );
  if (options.output === "text") printLines(planText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return 0;
}

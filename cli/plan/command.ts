// `swarmkeeper plan`: shows the next steps of the leader from its own report, or why there are none.

import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { buildPlan, PlanView, planText } from "./view.ts";

export interface PlanOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

export async function plan(options: PlanOptions): Promise<number> {
  const { clusterKeys, lost } = await readCluster(options);
  const view = buildPlan(clusterKeys);
  printProblems(lost);
  if (options.output === "text") printLines(planText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return lost === undefined ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["text"], view: "PlanView", schema: PlanView },
  define: command => etcdOptions(command).action(exitWith(plan)),
};

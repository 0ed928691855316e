// `swarmkeeper status`: one listing of the cluster's keys, shown. It asks nobody but etcd, so it works on every host
// and while no controller leads.

import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { buildStatus } from "./build.ts";
import { statusText } from "./text.ts";
import { StatusView } from "./view.ts";

export interface StatusOptions extends EtcdOptions {
  readonly output: "table" | "wide" | Form;
}

/** 0 whenever etcd has its quorum: whether the cluster is ready is what is shown, and the field `ready` of the JSON. */
export async function status(options: StatusOptions): Promise<number> {
  const { known, lost } = await readCluster(options);
  const view = buildStatus(known);
  printProblems(lost);
  if (options.output === "json" || options.output === "yaml") printDocument(view, options.output);
  else {
    const paint = paintFor(process.stdout, process.env);
    printLines(statusText(view, { now: Date.now(), paint, wide: options.output === "wide" }));
  }
  return lost === undefined ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["table", "wide"], view: "StatusView", schema: StatusView },
  define: command => etcdOptions(command).action(exitWith(status)),
};

// `swarmkeeper status`: shows the cluster's keys. It reads etcd only, so it works on every node, and without a leader.

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

/** 0 if etcd has its quorum, 1 if not. Whether the cluster is ready is in the output, and in the JSON field `ready`. */
export async function status(options: StatusOptions): Promise<number> {
  const { clusterKeys, lost } = await readCluster(options);
  const view = buildStatus(clusterKeys);
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

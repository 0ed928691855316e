// `swarmkeeper status`: one listing of the cluster's keys, shown. It asks nobody but etcd, so it works on every host
// and while no controller leads.
import { type CliCommand, etcdOptions, exitWith } from "./command.ts";
import type { EtcdOptions } from "./etcd.ts";
import { lookAtCluster } from "./look.ts";
import { type Form, printDocument, printLines, printTrouble } from "./print.ts";
import { buildStatus } from "./view/build.ts";
import { paintFor } from "./view/paint.ts";
import { statusText } from "./view/status-text.ts";
import { StatusView } from "./view/status-view.ts";

export interface StatusOptions extends EtcdOptions {
  readonly output: "table" | "wide" | Form;
}

/** 0 whenever etcd has its quorum: whether the cluster is ready is what is shown, and the field `ready` of the JSON. */
export async function status(options: StatusOptions): Promise<number> {
  const { known, lost } = await lookAtCluster(options);
  const view = buildStatus(known);
  printTrouble(lost);
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

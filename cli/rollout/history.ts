// `swarmkeeper rollout history [N]`: shows the stored revisions of the units, or one of them.

import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { buildHistory, HistoryView, historyText, revisionText } from "./history-view.ts";
import { revisionNumber, unknownRevision } from "./revision-number.ts";

export interface HistoryOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

/** CliError for a text that is not a number, and for a revision that is not stored. */
export async function rolloutHistory(number: string | undefined, options: HistoryOptions): Promise<number> {
  const wanted = number === undefined ? undefined : revisionNumber(number);
  const { clusterKeys, lost } = await readCluster(options);
  const view = buildHistory(clusterKeys);
  const one = view.revisions.find(revision => revision.number === wanted);
  if (wanted !== undefined && one === undefined) throw new CliError(unknownRevision(wanted, clusterKeys.revisions), 1);
  printProblems(lost);
  if (options.output === "text") {
    const paint = paintFor(process.stdout, process.env);
    printLines(one ? revisionText(one, Date.now(), paint) : historyText(view, Date.now(), paint));
  } else printDocument(one ?? view, options.output);
  return lost === undefined ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["text"], view: "HistoryView", schema: HistoryView },
  define: command =>
    etcdOptions(command).argument("[revision]", "print the units of this revision").action(exitWith(rolloutHistory)),
};

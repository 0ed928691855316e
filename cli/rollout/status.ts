// `swarmkeeper rollout status`: shows how far the nodes have been brought to the units of the spec.

import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { rolloutText } from "./text.ts";
import { buildRollout, RolloutView } from "./view.ts";

export interface RolloutStatusOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

/** 1 if it has halted, is reverted or has a failed node, or if etcd has lost its quorum; else 0, also while it runs. */
export async function rolloutStatus(options: RolloutStatusOptions): Promise<number> {
  const { clusterKeys, lost } = await readCluster(options);
  const view = buildRollout(clusterKeys);
  printProblems(lost);
  if (options.output === "text") printLines(rolloutText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return lost === undefined && !view.failing ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["text"], view: "RolloutView", schema: RolloutView },
  define: command =>
    etcdOptions(command)
      .description(
        "Show how far the nodes have been brought to the units of the spec, which nodes it waits for and why, and what to do next.",
      )
      .addHelpText(
        "after",
        "\nExit code: 1 if it has halted, is reverted or has a failed node; else 0, also while it runs.",
      )
      .action(exitWith(rolloutStatus)),
};

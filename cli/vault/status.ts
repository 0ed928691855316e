// `swarmkeeper vault status`: shows the Vault of each manager, as agents and leader report it in etcd.

import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { vaultText } from "./text.ts";
import { buildVault, VaultView } from "./view.ts";

export interface VaultStatusOptions extends EtcdOptions {
  readonly output: "table" | Form;
}

/** 0 if all servers serve, or there are none; 1 if one does not, or if etcd has lost its quorum. */
export async function vaultStatus(options: VaultStatusOptions): Promise<number> {
  const { clusterKeys, lost } = await readCluster(options);
  const view = buildVault(clusterKeys);
  printProblems(lost);
  if (options.output === "table") printLines(vaultText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return lost === undefined && view.serving === view.servers.length ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["table"], view: "VaultView", schema: VaultView },
  define: command =>
    etcdOptions(command)
      .addHelpText("after", "\nExit code: 0 if all servers serve, or there are none; else 1.")
      .action(exitWith(vaultStatus)),
};

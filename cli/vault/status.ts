// `swarmkeeper vault status`: the Vault of each manager, from what hosts and leader say of it in etcd.
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import type { EtcdOptions } from "../etcd.ts";
import { lookAtCluster } from "../look.ts";
import { type Form, printDocument, printLines, printTrouble } from "../print.ts";
import { paintFor } from "../view/paint.ts";
import { vaultText } from "../view/vault-text.ts";
import { buildVault, VaultView } from "../view/vault-view.ts";

export interface VaultStatusOptions extends EtcdOptions {
  readonly output: "table" | Form;
}

/** 0 when all of them serve, or none is wanted; 1 where one does not, or where etcd has lost its quorum. */
export async function vaultStatus(options: VaultStatusOptions): Promise<number> {
  const { known, lost } = await lookAtCluster(options);
  const view = buildVault(known);
  printTrouble(lost);
  if (options.output === "table") printLines(vaultText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return lost === undefined && view.serving === view.servers.length ? 0 : 1;
}

export const command: CliCommand = {
  output: { forms: ["table"], view: "VaultView", schema: VaultView },
  define: command =>
    etcdOptions(command)
      .addHelpText("after", "\nExit code: 0 when all of them serve, or none is wanted; else 1.")
      .action(exitWith(vaultStatus)),
};

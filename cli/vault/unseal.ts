// `swarmkeeper vault unseal`: sends shares of the unseal key to one Vault server. A share is typed without echo or read
// from standard input, and is neither printed nor stored.

import { type SealStatus, VaultError } from "../../drivers/vault/port.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { type SecretLines, secretLines } from "./secret-lines.ts";
import { type TargetOptions, targetOptions, type VaultTarget, vaultTarget, withHints } from "./target.ts";

/** CliError if there are arguments: a share must not be one. */
export async function vaultUnseal(args: readonly string[], options: TargetOptions): Promise<number> {
  if (args.length > 0) {
    throw new CliError(
      "a share is never an argument: every user of this machine can read it there, and the shell stores it. Consider this " +
        "share compromised. Without arguments, the command asks for a share or reads it from standard input",
      2,
    );
  }
  const target = vaultTarget(options);
  const lines = secretLines(process.stdin, process.stderr);
  try {
    await withHints(() => unseal(target, lines, line => process.stdout.write(`${line}\n`)));
    return 0;
  } finally {
    lines.close();
  }
}

/**
 * At a terminal: asks for shares until the server is unsealed. Otherwise: sends one share, so that each holder can run the
 * command. CliError without a share; VaultError if Vault rejects it.
 */
export async function unseal(
  { url, vault }: VaultTarget,
  lines: SecretLines,
  print: (line: string) => void,
): Promise<void> {
  let status = await vault.sealStatus();
  if (!status.initialised) throw new VaultError("uninitialised", `the Vault at ${url} is not initialised`);
  if (!status.sealed) return print(`the Vault at ${url} is unsealed already`);
  do {
    const share = await lines.next(`Share ${status.progress + 1} of ${status.threshold} for ${url}: `);
    if (share === undefined || (share === "" && !lines.terminal))
      throw new CliError(`no share was given; ${progressOf(status)}, still sealed`, 1);
    const before = status;
    try {
      status = share === "" ? status : await vault.unseal(share);
      if (status.sealed) print(share === "" ? "nothing was entered" : outcomeOf(before, status));
    } catch (error) {
      if (!(error instanceof VaultError && error.kind === "bad-share" && lines.terminal)) throw error;
      status = await vault.sealStatus();
      print(`${error.message}; ${progressOf(status)}`);
    }
  } while (status.sealed && lines.terminal);
  if (!status.sealed) print(`the Vault at ${url} is unsealed`);
}

function outcomeOf(before: SealStatus, now: SealStatus): string {
  const again = now.progress === before.progress ? "this share was given before; " : "";
  return `${again}${progressOf(now)}`;
}

const progressOf = ({ progress, threshold }: SealStatus) => `${progress} of ${threshold} shares`;

export const command: CliCommand = {
  define: command =>
    targetOptions(command)
      .usage("[options]")
      // Accepted here, because commander's own error message would print the share.
      .argument("[share...]")
      .action(exitWith(vaultUnseal)),
};

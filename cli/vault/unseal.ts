// `swarmkeeper vault unseal`: hands shares of the key to one Vault. A share is typed without echo or read from standard
// input, and is neither printed nor kept.

import { type SealStatus, VaultError } from "../../drivers/vault/port.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { type SecretLines, secretLines } from "./secret-lines.ts";
import { type ServerOptions, serverOptions, type VaultServer, vaultServer, withHints } from "./server.ts";

/** `given` are the words on the command line, of which there must be none. */
export async function vaultUnseal(given: readonly string[], options: ServerOptions): Promise<number> {
  if (given.length > 0) {
    throw new CliError(
      "a share is never an argument: every user of this machine can read it there, and the shell keeps it. Take the one that " +
        "was given for known to others. Without arguments it is asked for, or read from standard input",
      2,
    );
  }
  const server = vaultServer(options);
  const lines = secretLines(process.stdin, process.stderr);
  try {
    await withHints(() => unseal(server, lines, line => process.stdout.write(`${line}\n`)));
    return 0;
  } finally {
    lines.close();
  }
}

/**
 * At a terminal: asks on until it is unsealed. Otherwise: hands in one share, so that each can come from another hand.
 * CliError where it gives up.
 */
export async function unseal(
  { url, vault }: VaultServer,
  lines: SecretLines,
  say: (line: string) => void,
): Promise<void> {
  let status = await vault.sealStatus();
  if (!status.initialised) throw new VaultError("uninitialised", `the Vault at ${url} is not initialised`);
  if (!status.sealed) return say(`the Vault at ${url} is unsealed already`);
  do {
    const share = await lines.next(`Share ${status.progress + 1} of ${status.threshold} for ${url}: `);
    if (share === undefined || (share === "" && !lines.terminal))
      throw new CliError(`no share was given; ${progressOf(status)}, still sealed`, 1);
    const before = status;
    try {
      status = share === "" ? status : await vault.unseal(share);
      if (status.sealed) say(share === "" ? "nothing was entered" : printed(before, status));
    } catch (error) {
      if (!(error instanceof VaultError && error.kind === "bad-share" && lines.terminal)) throw error;
      status = await vault.sealStatus();
      say(`${error.message}; ${progressOf(status)}`);
    }
  } while (status.sealed && lines.terminal);
  if (!status.sealed) say(`the Vault at ${url} is unsealed`);
}

function printed(before: SealStatus, now: SealStatus): string {
  const again = now.progress === before.progress ? "this share was given before; " : "";
  return `${again}${progressOf(now)}`;
}

const progressOf = ({ progress, threshold }: SealStatus) => `${progress} of ${threshold} shares`;

export const command: CliCommand = {
  define: command =>
    serverOptions(command)
      .usage("[options]")
      // Taken, so that the refusal can say why; commander's own would print it.
      .argument("[share...]")
      .action(exitWith(vaultUnseal)),
};

// Which Vault a command speaks to, and what is said of one that does not do as asked.
import { accessSync, constants } from "node:fs";
import type { Command } from "commander";
import { FIELDS } from "../../crd-like-specs/settings/table.ts";
import { type Vault, VaultError } from "../../drivers/vault/port.ts";
import { connectVault } from "../../drivers/vault/real.ts";
import { reason } from "../cluster/etcd.ts";
import { CliError } from "../terminal/error.ts";

export interface ServerOptions {
  readonly address?: string;
  /** PEM file, for https. */
  readonly caFile?: string;
}

export interface VaultServer {
  readonly url: string;
  readonly vault: Vault;
}

/** For a command that speaks to one Vault. */
export function serverOptions(command: Command): Command {
  return command
    .option("--address <url>", "of the Vault (else http://127.0.0.1:8200)")
    .option("--ca-file <file>", "the authority that signed its certificate, for https (else those of the system)");
}

/** This host's own unless named. */
export function vaultServer({ address, caFile }: ServerOptions): VaultServer {
  const url = (address ?? `http://127.0.0.1:${FIELDS["vault/port"].default}`).replace(/\/$/, "");
  try {
    if (caFile !== undefined) accessSync(caFile, constants.R_OK);
  } catch (error) {
    throw new CliError(`cannot read ${caFile}: ${reason(error)}`, 2, error);
  }
  try {
    return { url, vault: connectVault(caFile === undefined ? {} : { caFile })(url) };
  } catch (error) {
    throw new CliError(`--address is not one of a Vault: use http://HOST:PORT or https://HOST:PORT`, 2, error);
  }
}

const HINTS: Partial<Record<VaultError["kind"], string>> = {
  unreachable: "Does it run? Elsewhere than on its host say --address http://HOST:PORT.",
  uninitialised: "Initialise it once, for all hosts together: swarmkeeper vault init",
};

/** VaultErrors of the body become a CliError that says what to do. */
export async function withHints<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const hint = HINTS[error.kind];
    throw new CliError(hint === undefined ? error.message : `${error.message}\n${hint}`, 1, error);
  }
}

// The Vault server that a command calls, and the hints for its errors.
import { accessSync, constants } from "node:fs";
import type { Command } from "commander";
import { FIELDS } from "../../crd-like-specs/settings/table.ts";
import { type Vault, VaultError } from "../../drivers/vault/port.ts";
import { connectVault } from "../../drivers/vault/real.ts";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";

export interface TargetOptions {
  readonly address?: string;
  /** PEM file, for https. */
  readonly caFile?: string;
}

export interface VaultTarget {
  readonly url: string;
  readonly vault: Vault;
}

/** Adds the options of a command that calls one Vault server. */
export function targetOptions(command: Command): Command {
  return command
    .option("--address <url>", "address of the Vault server (default: http://127.0.0.1:8200)")
    .option("--ca-file <file>", "CA certificate of the server, for https (default: the system's)");
}

/** This node's server unless an address is given. CliError for an invalid address or an unreadable file. */
export function vaultTarget({ address, caFile }: TargetOptions): VaultTarget {
  const url = (address ?? `http://127.0.0.1:${FIELDS["vault/port"].default}`).replace(/\/$/, "");
  try {
    if (caFile !== undefined) accessSync(caFile, constants.R_OK);
  } catch (error) {
    throw new CliError(`cannot read ${caFile}: ${reason(error)}`, 2, error);
  }
  try {
    return { url, vault: connectVault(caFile === undefined ? {} : { caFile })(url) };
  } catch (error) {
    throw new CliError(
      `--address is not the address of a Vault server; use http://NODE:PORT or https://NODE:PORT`,
      2,
      error,
    );
  }
}

const HINTS: Partial<Record<VaultError["kind"], string>> = {
  unreachable: "Is it running? On another machine than its node, use --address http://NODE:PORT.",
  uninitialised: "Initialise it once, for all managers: swarmkeeper vault init",
};

/** The result of `body`. Its VaultError becomes a CliError with a hint for the operator. */
export async function withHints<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const hint = HINTS[error.kind];
    throw new CliError(hint === undefined ? error.message : `${error.message}\n${hint}`, 1, error);
  }
}

// `swarmkeeper vault init`: initialises a new Vault, once for all its servers. The shares of the unseal key and the root
// token leave Vault only encrypted, each for its holder.

import { type Initialised, type Vault, VaultError } from "../../drivers/vault/port.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { printLines } from "../terminal/print.ts";
import { reason } from "../terminal/reason.ts";
import { readPgpKeys } from "./pgp-key.ts";
import { type ResultFile, reserveResultFile } from "./result-file.ts";
import { type TargetOptions, targetOptions, type VaultTarget, vaultTarget, withHints } from "./target.ts";

export interface InitOptions extends TargetOptions {
  /** Files, separated by commas: one for each share. */
  readonly pgpKeys?: string | undefined;
  readonly rootTokenPgpKey?: string | undefined;
  readonly out?: string | undefined;
  readonly threshold?: string | undefined;
}

/** The checked options. */
export interface InitPlan {
  readonly threshold: number;
  /** In the order of the shares. */
  readonly holders: readonly { readonly file: string; readonly key: string }[];
  readonly root: { readonly file: string; readonly key: string };
  readonly out: string;
}

/** Far more than the size of an encrypted share. */
const BYTES_A_SHARE = 4_096;

export async function vaultInit(options: InitOptions): Promise<number> {
  const target = vaultTarget(options);
  const plan = await initPlan(options);
  printLines(await withHints(() => initialise(target, plan)));
  return 0;
}

/** Checks the options and reads the key files, before any call to Vault. CliError with all errors of one option. */
export async function initPlan(options: InitOptions): Promise<InitPlan> {
  const { pgpKeys = "", rootTokenPgpKey: rootFile, out } = options;
  const files = pgpKeys.split(",").filter(file => file !== "");
  if (files.length === 0) {
    throw new CliError(
      "--pgp-keys is missing: shares of the key leave Vault encrypted only. Give a file with a public PGP key for each " +
        "share: --pgp-keys alice.asc,bob.asc,carol.asc",
      2,
    );
  }
  if (out === undefined) throw new CliError("--out is missing: the file for the encrypted shares", 2);
  const threshold = thresholdOf(options.threshold, files.length);
  if (rootFile === undefined) {
    throw new CliError("--root-token-pgp-key is missing: the root token leaves Vault encrypted only", 2);
  }
  const keys = await readPgpKeys([...new Set([...files, rootFile])]);
  const withKey = (file: string) => ({ file, key: keys.get(file) ?? "" });
  const holders = files.map(withKey);
  const root = withKey(rootFile);
  if (!holders.some(({ key }) => key === root.key)) {
    throw new CliError(
      `--root-token-pgp-key ${rootFile} is none of --pgp-keys. Vault tests the keys of the shares before it ` +
        "initialises, and the key of the root token only afterwards: if that key failed, all shares would be lost",
      2,
    );
  }
  return { threshold, holders, root, out };
}

/** The default is more than half. */
function thresholdOf(given: string | undefined, shares: number): number {
  const threshold = given === undefined ? Math.floor(shares / 2) + 1 : Number(given);
  const least = Math.min(2, shares);
  if (Number.isInteger(threshold) && threshold >= least && threshold <= shares) return threshold;
  const expected = least === shares ? `${shares}` : `${least} to ${shares}`;
  throw new CliError(`--threshold ${given} is not one of ${shares} shares; use ${expected}`, 2);
}

/** Returns the lines to print. CliError or VaultError if Vault is not initialised, or if that is unknown. */
export async function initialise(target: VaultTarget, plan: InitPlan): Promise<string[]> {
  const { initialised } = await target.vault.sealStatus();
  if (initialised) throw new VaultError("already-initialised", `the Vault at ${target.url} is initialised already`);
  const file = await reserveResultFile(plan.out, (plan.holders.length + 1) * BYTES_A_SHARE);
  const result = await callVault(target, plan, file);
  const text = `${JSON.stringify(documentOf(target.url, plan, result), null, 2)}\n`;
  try {
    await file.write(text);
  } catch (error) {
    process.stdout.write(text);
    throw new CliError(
      `cannot write ${plan.out}: ${reason(error)}\nThe Vault is initialised. Its encrypted shares are printed above and ` +
        "cannot be retrieved again: save them now.",
      1,
      error,
    );
  }
  return summary(target.url, plan);
}

async function callVault(
  { url, vault }: VaultTarget,
  plan: InitPlan,
  file: ResultFile,
): ReturnType<Vault["initialise"]> {
  try {
    return await vault.initialise({
      threshold: plan.threshold,
      pgpKeys: plan.holders.map(({ key }) => key),
      rootTokenPgpKey: plan.root.key,
    });
  } catch (error) {
    await file.discard();
    if (!(error instanceof VaultError) || error.kind === "already-initialised") throw error;
    // An error does not prove that nothing was done: Vault may fail half way, and its answer may be lost.
    const begun = await vault.sealStatus().then(
      ({ initialised }) => initialised,
      () => undefined,
    );
    if (begun === false && error.kind !== "unreachable") throw error;
    throw new CliError(
      `${error.message}\nThe Vault at ${url} ${begun ? "has" : "may have"} been initialised nevertheless. Unless another operator ` +
        "initialised it, its shares are lost and it holds no data: empty its storage and initialise it again.",
      1,
      error,
    );
  }
}

function documentOf(url: string, plan: InitPlan, { shares, rootToken }: Initialised) {
  return {
    vault: url,
    threshold: plan.threshold,
    shares: shares.map((share, index) => ({ encryptedFor: plan.holders[index]?.file, share })),
    rootToken: { encryptedFor: plan.root.file, token: rootToken },
  };
}

function summary(url: string, { holders, threshold, root, out }: InitPlan): string[] {
  const read = (path: string) => `jq -r ${path} ${out} | base64 -d | gpg -d`;
  return [
    `the Vault at ${url} is initialised: ${holders.length} ${holders.length === 1 ? "share" : "shares"}, ${threshold} to unseal`,
    `wrote ${out}`,
    ...holders.map(({ file }, index) => `  share ${index + 1}     encrypted for ${file}`),
    `  root token  encrypted for ${root.file}`,
    `A holder reads a share with: ${read("'.shares[0].share'")}`,
    "Every server is sealed. On each of their nodes: swarmkeeper vault unseal",
  ];
}

export const command: CliCommand = {
  define: command =>
    targetOptions(command)
      .option("--pgp-keys <files>", "public PGP keys, separated by commas: one for each share of the key")
      .option("--root-token-pgp-key <file>", "the key among them that encrypts the root token")
      .option("--out <file>", "a new file for the encrypted shares")
      .option("--threshold <number>", "how many shares unseal Vault (default: more than half)")
      .action(exitWith(vaultInit)),
};

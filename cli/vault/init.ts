// `swarmkeeper vault init`: the first start of a new Vault, once for all its servers. Shares of the key and the root
// token leave Vault encrypted for the people who are to have them, and in no other way.

import { type Initialised, type Vault, VaultError } from "../../drivers/vault/port.ts";
import { reason } from "../cluster/etcd.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { printLines } from "../terminal/print.ts";
import { readPgpKeys } from "./pgp-key.ts";
import { type ResultFile, reserveResultFile } from "./result-file.ts";
import { type ServerOptions, serverOptions, type VaultServer, vaultServer, withHints } from "./server.ts";

export interface InitOptions extends ServerOptions {
  /** Files, by commas: one for each share. */
  readonly pgpKeys?: string | undefined;
  readonly rootTokenPgpKey?: string | undefined;
  readonly out?: string | undefined;
  readonly threshold?: string | undefined;
}

/** What is asked for, after all of it has been checked. */
export interface InitPlan {
  readonly threshold: number;
  /** In the order of the shares. */
  readonly holders: readonly { readonly file: string; readonly key: string }[];
  readonly root: { readonly file: string; readonly key: string };
  readonly out: string;
}

/** Far more than an encrypted share takes. */
const BYTES_A_SHARE = 4_096;

export async function vaultInit(options: InitOptions): Promise<number> {
  const server = vaultServer(options);
  const plan = await initPlan(options);
  printLines(await withHints(() => initialise(server, plan)));
  return 0;
}

/** Reads the key files. CliError, with all that is wrong with one option, before anything was asked of Vault. */
export async function initPlan(options: InitOptions): Promise<InitPlan> {
  const { pgpKeys = "", rootTokenPgpKey: rootFile, out } = options;
  const files = pgpKeys.split(",").filter(file => file !== "");
  if (files.length === 0) {
    throw new CliError(
      "--pgp-keys is missing: shares of the key leave Vault encrypted only. Name a file with a public PGP key for each " +
        "share: --pgp-keys alice.asc,bob.asc,carol.asc",
      2,
    );
  }
  if (out === undefined) throw new CliError("--out is missing: the file that the encrypted shares go to", 2);
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
      `--root-token-pgp-key ${rootFile} is none of --pgp-keys. Vault tries the keys of shares before it begins, and the ` +
        "root token's only after: one that failed there would take all shares with it",
      2,
    );
  }
  return { threshold, holders, root, out };
}

/** More than half unless given. */
function thresholdOf(given: string | undefined, shares: number): number {
  const threshold = given === undefined ? Math.floor(shares / 2) + 1 : Number(given);
  const least = Math.min(2, shares);
  if (Number.isInteger(threshold) && threshold >= least && threshold <= shares) return threshold;
  const right = least === shares ? `${shares}` : `${least} to ${shares}`;
  throw new CliError(`--threshold ${given} is not one of ${shares} shares; use ${right}`, 2);
}

/** Returns what to tell. CliError and VaultError where it is not initialised, and where that is not known. */
export async function initialise(server: VaultServer, plan: InitPlan): Promise<string[]> {
  const { initialised } = await server.vault.sealStatus();
  if (initialised) throw new VaultError("already-initialised", `the Vault at ${server.url} is initialised already`);
  const file = await reserveResultFile(plan.out, (plan.holders.length + 1) * BYTES_A_SHARE);
  const result = await begin(server, plan, file);
  const text = `${JSON.stringify(documentOf(server.url, plan, result), null, 2)}\n`;
  try {
    await file.write(text);
  } catch (error) {
    process.stdout.write(text);
    throw new CliError(
      `cannot write ${plan.out}: ${reason(error)}\nThe Vault is initialised, and the encrypted shares, which cannot be had ` +
        "again, are printed above: keep them now.",
      1,
      error,
    );
  }
  return told(server.url, plan);
}

async function begin({ url, vault }: VaultServer, plan: InitPlan, file: ResultFile): ReturnType<Vault["initialise"]> {
  try {
    return await vault.initialise({
      threshold: plan.threshold,
      pgpKeys: plan.holders.map(({ key }) => key),
      rootTokenPgpKey: plan.root.key,
    });
  } catch (error) {
    await file.discard();
    if (!(error instanceof VaultError) || error.kind === "already-initialised") throw error;
    // An error is no proof that nothing was done: Vault may fail half way, and answers may be lost on theirs.
    const begun = await vault.sealStatus().then(
      ({ initialised }) => initialised,
      () => undefined,
    );
    if (begun === false && error.kind !== "unreachable") throw error;
    throw new CliError(
      `${error.message}\nThe Vault at ${url} ${begun ? "has" : "may have"} begun all the same. Unless it was somebody else who ` +
        "initialised it, nobody has its shares and nothing is in it: empty its storage and initialise it anew.",
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

function told(url: string, { holders, threshold, root, out }: InitPlan): string[] {
  const read = (path: string) => `jq -r ${path} ${out} | base64 -d | gpg -d`;
  return [
    `the Vault at ${url} is initialised: ${holders.length} ${holders.length === 1 ? "share" : "shares"}, ${threshold} to unseal`,
    `wrote ${out}`,
    ...holders.map(({ file }, index) => `  share ${index + 1}     encrypted for ${file}`),
    `  root token  encrypted for ${root.file}`,
    `A holder reads a share with: ${read("'.shares[0].share'")}`,
    "Every server is sealed. On each of their hosts: swarmkeeper vault unseal",
  ];
}

export const command: CliCommand = {
  define: command =>
    serverOptions(command)
      .option("--pgp-keys <files>", "public PGP keys, by commas: one for each share of the key")
      .option("--root-token-pgp-key <file>", "which of them the root token is encrypted for")
      .option("--out <file>", "a new file for the encrypted shares")
      .option("--threshold <number>", "how many shares unseal (else more than half)")
      .action(exitWith(vaultInit)),
};

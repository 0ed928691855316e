// The file for the encrypted shares. It exists with enough space before Vault is initialised, because Vault returns the
// shares only once.
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";

export interface ResultFile {
  /** Resolves once the text is on the disk. */
  write(text: string): Promise<void>;
  /** Deletes the file, if Vault was not initialised. */
  discard(): Promise<void>;
}

/** Creates a file that only its owner can read, with space for `bytes`. CliError, and no file, if that fails. */
export async function reserveResultFile(path: string, bytes: number): Promise<ResultFile> {
  const file = await open(path, "wx", 0o600).catch((error: unknown) => {
    const taken = error instanceof Error && "code" in error && error.code === "EEXIST";
    const why = taken ? "it exists, and may hold the shares of a Vault; use another name" : reason(error);
    throw new CliError(`cannot write ${path}: ${why}\nnothing was initialised`, 2, error);
  });
  const discard = async () => {
    await file.close();
    await rm(path, { force: true });
  };
  const fill = async (text: string) => {
    await file.truncate(0);
    await file.write(text, 0);
    await file.sync();
  };
  try {
    await fill(" ".repeat(bytes));
    await syncFolder(dirname(path));
  } catch (error) {
    await discard();
    throw new CliError(`cannot write ${path}: ${reason(error)}\nnothing was initialised`, 2, error);
  }
  return {
    discard,
    async write(text) {
      await fill(text);
      await file.close();
    },
  };
}

/** Without this, a written file may be lost in a power failure. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

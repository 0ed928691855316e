// The file that the encrypted shares go to. It is there, and has room, before Vault is asked for them: they are told
// once, and nobody can have them again.
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { reason } from "../cluster/etcd.ts";
import { CliError } from "../terminal/error.ts";

export interface ResultFile {
  /** Resolves once the text is on the disk. */
  write(text: string): Promise<void>;
  /** Takes the file away, where there is nothing to put into it. */
  discard(): Promise<void>;
}

/** A new file that its owner alone can read, with room for so many bytes. CliError, with nothing left, where it cannot be had. */
export async function reserveResultFile(path: string, bytes: number): Promise<ResultFile> {
  const file = await open(path, "wx", 0o600).catch((error: unknown) => {
    const taken = error instanceof Error && "code" in error && error.code === "EEXIST";
    const why = taken ? "it exists, and may hold the shares of a Vault; name another" : reason(error);
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

/** Without this a file may be gone after a loss of power, whatever was written into it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

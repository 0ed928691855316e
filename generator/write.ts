// Writes a set of files into one folder: either all of them or none.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export interface OutputFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Creates the folder if it does not exist. Only the owner can read the files, because user-data contains secrets.
 * Throws the system's error after it has restored the replaced files.
 */
export function writeTogether(folder: string, files: readonly OutputFile[]): void {
  mkdirSync(folder, { recursive: true });
  const temporaryPath = (name: string) => join(folder, `.${name}.${process.pid}`);
  const replaced: { path: string; before: Buffer | undefined }[] = [];
  try {
    for (const { name, text } of files) writeSynced(temporaryPath(name), text);
    for (const { name } of files) {
      const path = join(folder, name);
      const before = readIfExists(path);
      renameSync(temporaryPath(name), path);
      replaced.push({ path, before });
    }
  } catch (error) {
    for (const { path, before } of replaced)
      if (before === undefined) rmSync(path, { force: true });
      else writeFileSync(path, before);
    throw error;
  } finally {
    for (const { name } of files) rmSync(temporaryPath(name), { force: true });
  }
}

function writeSynced(path: string, text: string): void {
  const fd = openSync(path, "w", 0o600);
  try {
    // A left-over file keeps its mode, and the umask may be any.
    chmodSync(path, 0o600);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readIfExists(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

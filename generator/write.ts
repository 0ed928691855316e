// Writes a set of files of one folder so that all of them are there, or none has changed.
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
 * Makes the folder where it is missing. The files are readable by their owner only: user-data holds secrets.
 * Throws the system's error, after it has put back what it had replaced.
 */
export function writeTogether(folder: string, files: readonly OutputFile[]): void {
  mkdirSync(folder, { recursive: true });
  const beside = (name: string) => join(folder, `.${name}.${process.pid}`);
  const replaced: { path: string; before: Buffer | undefined }[] = [];
  try {
    for (const { name, text } of files) writeSynced(beside(name), text);
    for (const { name } of files) {
      const path = join(folder, name);
      const before = readIfThere(path);
      renameSync(beside(name), path);
      replaced.push({ path, before });
    }
  } catch (error) {
    for (const { path, before } of replaced)
      if (before === undefined) rmSync(path, { force: true });
      else writeFileSync(path, before);
    throw error;
  } finally {
    for (const { name } of files) rmSync(beside(name), { force: true });
  }
}

function writeSynced(path: string, text: string): void {
  const fd = openSync(path, "w", 0o600);
  try {
    // A left-over file keeps its mode, and the umask is not ours.
    chmodSync(path, 0o600);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

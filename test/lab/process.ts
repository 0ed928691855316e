// Runs a command on this machine: resolves to its output, or rejects with an error that quotes the end of the output.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { LabError } from "./error.ts";

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Called with each line that the command prints to stdout or stderr. */
  onLine?: (line: string) => void;
}

/** Resolves to stdout, trimmed. LabError with the last 30 printed lines if the exit code is not 0. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout: string[] = [];
    const printed: string[] = [];
    const take = (chunk: string) => {
      for (const line of chunk.split("\n").filter(text => text.trim() !== "")) {
        printed.push(line);
        options.onLine?.(line.trim());
      }
      printed.splice(0, printed.length - 30);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout.push(chunk);
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", cause => reject(new LabError(`cannot run ${command}: ${cause.message}`, { cause })));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(stdout.join("").trim());
      reject(
        new LabError(`${[command, ...args].join(" ")} ended with ${signal ?? `code ${code}`}:\n${printed.join("\n")}`),
      );
    });
  });
}

/** The full path of a command, from PATH, from the sbin folders that a user's PATH lacks, or from `more`. */
export function which(command: string, more: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin", ...more];
  return folders
    .map(folder => path.join(folder, command))
    .find(file => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

// Runs a program and reports how it ended: the only effect of the systemd driver, so that a test can run it in another
// machine.
import { execFile } from "node:child_process";
import { SystemdError } from "./port.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program with arguments, without a shell. Any exit code is an answer. SystemdError `timeout` if it had not
 * ended after `timeoutMs` (it is killed), `unreachable` if it could not be run.
 */
export type Exec = (program: string, args: readonly string[], options: { timeoutMs: number }) => Promise<Ended>;

/** Runs on this host. Messages are in English for any locale of the host. */
export const localExec: Exec = (program, args, { timeoutMs }) =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL" as const, env: { ...process.env, LC_ALL: "C" } };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, stdout, stderr });
      if (typeof error.code === "number") return resolve({ code: error.code, stdout, stderr });
      const command = [program, ...args].join(" ");
      reject(
        error.killed
          ? new SystemdError("timeout", `"${command}" had not ended after ${timeoutMs} ms`, { cause: error })
          : new SystemdError("unreachable", `"${command}" could not be run: ${error.message}`, { cause: error }),
      );
    });
  });

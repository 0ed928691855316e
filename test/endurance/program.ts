// Runs a long test in its own process, as `make chaos` and `make sim` do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
/** The timeout for vitest: longer than any of these runs. */
export const TIMEOUT_MS = 40 * 60_000;

/** Resolves to the exit code, or null if a signal ended the process. `nice` 19 uses only idle CPU time. */
export async function exitCode(program: string, env: Record<string, string>, nice = 0): Promise<number | null> {
  const command = ["-n", String(nice), process.execPath, "--import", import.meta.resolve("tsx"), program];
  const child = spawn("nice", command, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  const [code] = await once(child, "exit");
  return code;
}

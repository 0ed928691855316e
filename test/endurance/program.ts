// A long run, in a process of its own, as `make chaos` and `make sim` start it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
/** What vitest is told: longer than any of them takes. */
export const TIMEOUT_MS = 40 * 60_000;

/** Its exit code; null where a signal has ended it. `nice` 19 takes what others leave of the machine. */
export async function exitCode(program: string, env: Record<string, string>, nice = 0): Promise<number | null> {
  const command = ["-n", String(nice), process.execPath, "--import", import.meta.resolve("tsx"), program];
  const child = spawn("nice", command, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  const [code] = await once(child, "exit");
  return code;
}

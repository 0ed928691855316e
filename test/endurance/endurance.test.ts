// The two long runs, side by side because the one mostly waits and the other only counts: chaos on real hosts, and the
// random walks in memory, which take what the hosts leave of the machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const MINUTES = process.env.MINUTES || "10";
const SEEDS = process.env.SEEDS || "2000";
/** One that is known, so that a failure is the change's and not the dice's; `make chaos` throws them. */
const SEED = "1";
const TIMEOUT_MS = 40 * 60_000;

async function exitCode(nice: number, program: string, env: Record<string, string>): Promise<number | null> {
  const command = ["-n", String(nice), process.execPath, "--import", import.meta.resolve("tsx"), program];
  const child = spawn("nice", command, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  const [code] = await once(child, "exit");
  return code;
}

it.concurrent(
  `${MINUTES} minutes of chaos on real hosts keep every promise`,
  async () => {
    expect(await exitCode(0, "test/chaos/main.ts", { MINUTES, SEED })).toBe(0);
  },
  TIMEOUT_MS,
);

it.concurrent(
  `${SEEDS} random walks keep every promise, and every kind of fault happens`,
  async () => {
    expect(await exitCode(19, "test/sim/run.ts", { SEEDS, SEED: "" })).toBe(0);
  },
  TIMEOUT_MS,
);

// The lab of a scenario: boots it before the tests of a file, as an operator would, and takes it down after them.
// KEEP_LAB=1 keeps it for inspection.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import type { Host } from "../lab/host/host.ts";
import type { Lab } from "../lab/lab.ts";
import { requireLab } from "../lab/session.ts";

/** A booted lab, for the tests of one file, which build on each other. */
export interface Scenario {
  /** The lab's name, `LAB=`. */
  readonly name: string;
  readonly keep: boolean;
  lab(): Lab;
  hosts(): readonly Host[];
  host(name: string): Host;
  /** Runs `npm run lab -- WORDS` on this lab, as an operator would. Rejects if the exit code is not 0. */
  command(...words: string[]): Promise<{ stdout: string; stderr: string }>;
  /** Reads the list of hosts again, after hosts were added. */
  refresh(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Registers the hooks that boot and remove the lab `e2e-TITLE`, with three managers. Its hosts send events to Slack.
 */
export function labScenario(suite: "trixie" | "bookworm" | "next", title: string = suite, workers = 2): Scenario {
  const name = `e2e-${title}`;
  const keep = process.env.KEEP_LAB === "1";
  const env = { ...process.env, LAB: name, SUITE: suite, MANAGERS: "3", WORKERS: String(workers), SLACK: "1" };
  const command = (...words: string[]) => run("npm", ["run", "-s", "lab", "--", ...words], { env, maxBuffer: 1e8 });
  let lab: Lab | undefined;
  let hosts: readonly Host[] = [];
  const refresh = async () => {
    lab = await requireLab(name);
    hosts = await lab.hosts();
  };

  beforeAll(async () => {
    await command("down");
    const { stdout, stderr } = await command("up");
    console.log(`${stderr}${stdout}`);
    await refresh();
  }, 900_000);

  afterAll(async () => {
    if (!keep) await command("down");
  }, 120_000);

  return {
    name,
    keep,
    command,
    refresh,
    lab: () => {
      if (!lab) throw new Error(`the lab ${name} is not up`);
      return lab;
    },
    hosts: () => hosts,
    host: wanted => {
      const found = hosts.find(host => host.name === wanted);
      if (!found) throw new Error(`no host ${wanted} in the lab ${name}`);
      return found;
    },
  };
}

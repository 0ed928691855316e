// One lab for a test file, brought up as a person would, and taken down after it; the file's tests are its story.
// KEEP_LAB=1 leaves it standing, for a look.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import type { Host } from "../lab/host.ts";
import type { Lab } from "../lab/lab.ts";
import { requireLab } from "../lab/session.ts";

export interface Story {
  /** The lab's name, `LAB=`. */
  readonly name: string;
  readonly keep: boolean;
  lab(): Lab;
  hosts(): readonly Host[];
  host(name: string): Host;
  /** `npm run lab -- WORDS` on this lab, as a person runs it. */
  command(...words: string[]): Promise<{ stdout: string; stderr: string }>;
  /** After hosts were added. */
  refresh(): Promise<void>;
}

const run = promisify(execFile);

export function labStory(suite: "trixie" | "bookworm" | "next", title: string = suite, workers = 2): Story {
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

// The settings of one invocation, from the environment, and the way from there to an engine and a lab.
import { type Engine, ensureEngine, findEngine, hasPrivateState } from "./engine.ts";
import { LabError } from "./error.ts";
import { createLab, findLab, type Lab, parseLabName } from "./lab.ts";
import { step } from "./progress.ts";
import { parseSuite, type Suite } from "./suite.ts";

export interface Settings {
  readonly lab: string;
  readonly managers: number;
  readonly workers: number;
  readonly suite: Suite;
  /** The hosts tell the lab's own Slack what happens. */
  readonly slack?: boolean;
}

/** LAB, MANAGERS, WORKERS, SUITE and SLACK. LabError for a value that makes no sense. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    lab: parseLabName(env.LAB || "main"),
    managers: count("MANAGERS", env.MANAGERS || "3"),
    workers: count("WORKERS", env.WORKERS || "2"),
    suite: parseSuite(env.SUITE || "trixie"),
    slack: env.SLACK === "1",
  };
}

/** A whole number of hosts, from 0 on. */
export function count(name: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new LabError(`${name}=${text} is no number of hosts`);
}

/** The engine, started where none answers. */
export function openEngine(): Promise<Engine> {
  return step("engine", async report => {
    const found = await findEngine();
    const engine = found ?? (await ensureEngine(report));
    const { Version } = await engine.docker.version();
    report.note(`docker ${Version}${engine.private ? ", private" : ""}`);
    if (found !== undefined) report.cached();
    return engine;
  });
}

/** The lab of this name, created where there is none. */
export async function openLab(name: string): Promise<Lab> {
  return createLab(await openEngine(), name);
}

/** The existing lab of this name; LabError where there is none. */
export async function requireLab(name: string): Promise<Lab> {
  const lab = await lookUpLab(name);
  if (lab !== undefined) return lab;
  throw new LabError(`there is no lab ${name}: boot one with \`make up\` or \`npm run -s lab -- bare 1\``);
}

/** The existing lab of this name. Starts the private engine again when a lab may be on its disk, as after a reboot. */
export async function lookUpLab(name: string): Promise<Lab | undefined> {
  const engine = (await findEngine()) ?? (hasPrivateState() ? await openEngine() : undefined);
  return engine === undefined ? undefined : findLab(engine, name);
}

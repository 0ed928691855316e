// Reads the settings of one invocation from the environment, and opens the engine and the lab that they name.
import { type Engine, ensureEngine, findEngine, hasPrivateState } from "./engine/engine.ts";
import { LabError } from "./error.ts";
import { createLab, findLab, type Lab, parseLabName } from "./lab.ts";
import { step } from "./progress.ts";
import { parseSuite, type Suite } from "./suite.ts";

export interface Settings {
  readonly lab: string;
  readonly managers: number;
  readonly workers: number;
  readonly suite: Suite;
  /** True if the hosts send their events to the lab's fake Slack. */
  readonly slack?: boolean;
}

/** Reads LAB, MANAGERS, WORKERS, SUITE and SLACK. LabError for an invalid value. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    lab: parseLabName(env.LAB || "main"),
    managers: count("MANAGERS", env.MANAGERS || "3"),
    workers: count("WORKERS", env.WORKERS || "2"),
    suite: parseSuite(env.SUITE || "trixie"),
    slack: env.SLACK === "1",
  };
}

/** Parses a number of hosts, 0 to 999. LabError that names `name` if it is not one. */
export function count(name: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new LabError(`${name}=${text} is not a number of hosts`);
}

/** The engine. Starts one if none answers. */
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

/** The lab of this name. Creates it if there is none. */
export async function openLab(name: string): Promise<Lab> {
  return createLab(await openEngine(), name);
}

/** The existing lab of this name. LabError if there is none. */
export async function requireLab(name: string): Promise<Lab> {
  const lab = await existingLab(name);
  if (lab !== undefined) return lab;
  throw new LabError(`there is no lab ${name}: boot one with \`make up\` or \`npm run -s lab -- bare 1\``);
}

/**
 * The existing lab of this name; undefined if there is none. Starts the private engine again if its disk may hold a
 * lab, as after a reboot.
 */
export async function existingLab(name: string): Promise<Lab | undefined> {
  const engine = (await findEngine()) ?? (hasPrivateState() ? await openEngine() : undefined);
  return engine === undefined ? undefined : findLab(engine, name);
}

// The cases of the golden files: each is a folder with params.yml and the expected output.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../../generator/main.ts";

export const golden = join(import.meta.dirname, "generator");
export const ROLES = ["manager", "worker"] as const;

const cases = readdirSync(golden).sort();
/** The cases that are rejected with a message. */
export const bad = cases.filter(name => name.startsWith("bad-"));
/** The cases that become user-data. */
export const good = cases.filter(name => !bad.includes(name));
export const coreos = good.filter(name => isCoreos(readFileSync(join(golden, name, "expected/manager.yml"), "utf8")));
export const cloudInit = good.filter(name => !coreos.includes(name));

const release = {
  releaseUrl: "https://releases.swarm.internal/swarmkeeper-0.1.0-linux-x64.tar.gz",
  releaseSha256: "5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f",
};

/** Writes manager.yml and worker.yml of the case into this folder. */
export function generateCase(name: string, outDir: string): void {
  generate({ paramsPath: join(golden, name, "params.yml"), outDir, ...(name === "original" && release) });
}

/** User-data in the dialect of CoreOS and Flatcar. */
export function isCoreos(userData: string): boolean {
  return userData.includes("\ncoreos:\n");
}

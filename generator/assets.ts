// Texts that travel as they are from this repository, or from an installed release, to a host.
// A release has its modules in lib/ and these files in deploy/, so the same relative URL is right in both places.
import { readFileSync } from "node:fs";

const deployFile = (name: string) => readFileSync(new URL(`../deploy/${name}`, import.meta.url), "utf8");

export interface Assets {
  readonly installScript: string;
  readonly agentUnit: string;
}

export const readAssets = (): Assets => ({
  installScript: deployFile("install.sh"),
  agentUnit: deployFile("swarmkeeper-agent.service"),
});

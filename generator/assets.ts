// Files that the user-data copies unchanged to a node.
// A release has its modules in lib/ and these files in deploy/, so the relative URL is the same as in the repository.
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

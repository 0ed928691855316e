// Ensures the commands that the lab needs on this machine. On Debian, as root, it installs the missing packages and
// reports them.
import { existsSync } from "node:fs";
import { LabError } from "../error.ts";
import { run, which } from "../process.ts";
import type { Step } from "../progress.ts";

/** Commands and the Debian packages that bring them. */
const PACKAGES = {
  dockerd: "docker.io",
  iptables: "iptables",
  debootstrap: "debootstrap",
} as const;

export type Needed = keyof typeof PACKAGES;

/**
 * Installs the packages of the missing commands. Resolves to true if it did. LabError if it cannot install packages.
 */
export async function needCommands(commands: readonly Needed[], step: Step): Promise<boolean> {
  const missing = commands.filter(command => which(command) === undefined);
  if (missing.length === 0) return false;
  const packages = missing.map(command => PACKAGES[command]).join(" ");
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) {
    throw new LabError(
      `${missing.join(" and ")} missing. The lab installs ${packages} itself on Debian as root; ` +
        "elsewhere start a Docker engine that this user can reach (or set DOCKER_HOST) and run this again",
    );
  }
  step.print(`installing ${packages}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages.split(" ")], { env });
  return true;
}

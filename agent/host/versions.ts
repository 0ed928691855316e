// The versions of docker and etcd on a node, and whether they are new enough.

import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import type { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import type { Host } from "../../drivers/host/port.ts";

/** docker 20.10: the oldest with the swarm behaviour that the project knows. etcd 3.4: the first with learners. */
const NEEDED = { docker: [20, 10], etcd: [3, 4] } as const;

/** Why this version cannot be used, as a sentence, or undefined. A version without digits passes. */
export function versionProblem(what: keyof typeof NEEDED, version: string): string | undefined {
  const found = /(\d+)\.(\d+)/.exec(version);
  if (!found) return undefined;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const [wantedMajor, wantedMinor] = NEEDED[what];
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return `${what} ${version} is too old: ${wantedMajor}.${wantedMinor} or newer is needed`;
}

/** The version of the etcd that this node would run: the output of the binary, or the tag of the image. */
export async function etcdVersion(
  host: Host,
  run: AgentConfig["etcd"]["run"],
): Promise<{ version: string } | { problem: string }> {
  if (run.with === "image") return { version: /^[^@]*:v?(\d+\.[\w.+-]*)$/.exec(run.image)?.[1] ?? "unknown" };
  const printed = await host.versionOf(run.path);
  if (printed === undefined) {
    return { problem: `${run.path} does not exist: install etcd 3.4 or newer, or name an image (etcd-image)` };
  }
  const version = /(\d+\.\d+[\w.+-]*)/.exec(printed)?.[1];
  return version === undefined
    ? { problem: `${run.path} --version prints "${printed.trim()}", which is no version of etcd` }
    : { version };
}

/** The versions on this node. Docker's is known when its daemon first answers. */
export interface Versions {
  current(): Registration["versions"];
  learn(versions: Partial<Registration["versions"]>): void;
  readonly changed: Wakeup;
}

export function openVersions(clock: Clock, swarmkeeper: string): Versions {
  let current = { swarmkeeper, docker: "unknown", etcd: "unknown" };
  const changed = createWakeup(clock);
  return {
    current: () => current,
    learn(versions) {
      const next = { ...current, ...versions };
      if (JSON.stringify(next) !== JSON.stringify(current)) changed.wake();
      current = next;
    },
    changed,
  };
}

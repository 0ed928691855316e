// The two units that run etcd on a node, one of them at a time, and how a crash loop of them shows in systemd.
import type { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";

export const MEMBER_UNIT = "swarmkeeper-etcd-member.service";
export const PROXY_UNIT = "swarmkeeper-etcd-proxy.service";

/** A unit that is up for this time is not about to restart. Pulling an image that does not exist fails sooner. */
const STEADY_MS = 30_000;

/**
 * The crash loop of a unit whose program does not answer; undefined if systemd reports none. `now`: milliseconds since
 * 1970.
 */
export function etcdUnitProblem({ name, restarts, since }: UnitState, now: number): UnitProblem | undefined {
  const justNow = since === undefined || now - since < STEADY_MS;
  if (restarts === 0 || !justNow) return undefined;
  const message = `${name} keeps ending; why: journalctl -u ${name} -n 20`;
  return { reason: "CrashLoop", transient: false, message };
}

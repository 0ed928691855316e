// The two units that run etcd on a host, one at a time, and what their failing looks like from outside.
import type { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";

export const MEMBER_UNIT = "swarmkeeper-etcd-member.service";
export const PROXY_UNIT = "swarmkeeper-etcd-proxy.service";

/** Up for so long, a unit is not on its way to the next restart; pulling an image that is not to be had takes less. */
const STEADY_MS = 30_000;

/** Why etcd, which does not answer, does not: its program keeps ending. Undefined where systemd sees nothing wrong. */
export function etcdUnitProblem({ name, restarts, since }: UnitState, now: number): UnitProblem | undefined {
  const justNow = since === undefined || now - since < STEADY_MS;
  if (restarts === 0 || !justNow) return undefined;
  const message = `${name} keeps ending; why: journalctl -u ${name} -n 20`;
  return { reason: "CrashLoop", transient: false, message };
}

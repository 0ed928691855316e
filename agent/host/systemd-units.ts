// Where unit files lie on a host, and the two of etcd, which are put there from the release and never listed.
// Units are started by the agent and never enabled: after a reboot the order of the list counts again, and etcd
// cannot come up on a data directory that its agent has not looked at.
import type { Systemd } from "../../drivers/systemd/port.ts";
import type { Machine } from "../context.ts";

/** Where a release keeps the unit files that it ships. */
export const SHIPPED_UNITS = "/opt/swarmkeeper/current/units";
export const SYSTEMD_UNITS = "/etc/systemd/system";

/** "running" for systemd's purposes: no start job is needed. A unit between two automatic restarts is "activating". */
export const isUp = (active: string): boolean => ["active", "activating", "reloading", "refreshing"].includes(active);

/** Nothing of it runs: no stop job is needed. */
export const isDown = (active: string): boolean => active === "inactive" || active === "failed";

/** Puts the shipped files of these units in place, and lets systemd know those that were new. */
export async function installUnits(
  { host, systemd }: Pick<Machine, "host" | "systemd">,
  names: readonly string[],
): Promise<void> {
  const changed: string[] = [];
  for (const name of names) {
    const shipped = await host.read(`${SHIPPED_UNITS}/${name}`);
    if (shipped === undefined || shipped === (await host.read(`${SYSTEMD_UNITS}/${name}`))) continue;
    await host.write(`${SYSTEMD_UNITS}/${name}`, shipped);
    changed.push(name);
  }
  if (changed.length > 0) await systemd.refresh(changed);
}

/** Stopped now, and not started by systemd at the next boot either. */
export async function stopUnit(systemd: Systemd, name: string): Promise<void> {
  const [unit] = await systemd.show([name]);
  if (!unit || unit.load === "not-found") return;
  if (!isDown(unit.active)) await systemd.stop(name);
  if (unit.enabled) await systemd.disable(name);
}

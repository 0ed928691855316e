// The folders of unit files, and how the agent installs and stops a unit.
// The agent starts units and never enables them: after a reboot they start in the order of the list again, and etcd
// cannot start on a data directory that the agent has not checked.
import type { Host } from "../../drivers/host/port.ts";
import type { Systemd } from "../../drivers/systemd/port.ts";

/** The folder of the unit files that a release ships. */
export const SHIPPED_UNITS = "/opt/swarmkeeper/current/units";
export const SYSTEMD_UNITS = "/etc/systemd/system";

/** Whether the unit needs no start job. A unit between two automatic restarts is "activating". */
export const isUp = (active: string): boolean => ["active", "activating", "reloading", "refreshing"].includes(active);

/** Whether nothing of the unit runs, so that it needs no stop job. */
export const isDown = (active: string): boolean => active === "inactive" || active === "failed";

/** Installs the shipped files of these units. systemd reloads those that changed. */
export async function installUnits(
  { host, systemd }: { readonly host: Host; readonly systemd: Systemd },
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

/** Stops the unit and disables it, so that systemd does not start it at the next boot. */
export async function stopUnit(systemd: Systemd, name: string): Promise<void> {
  const [unit] = await systemd.show([name]);
  if (!unit || unit.load === "not-found") return;
  if (!isDown(unit.active)) await systemd.stop(name);
  if (unit.enabled) await systemd.disable(name);
}

// Unit files and their jobs: the shipped file put where systemd looks, and what runs brought to what is listed.
// Units are started by the agent and never enabled: after a reboot the order of the list counts again, and etcd
// cannot come up on a data directory that its agent has not looked at.
import type { Systemd } from "../drivers/systemd/port.ts";
import type { Machine } from "./parts.ts";
import { reasonOf } from "./reason.ts";
import type { Store } from "./state.ts";

/** Where a release keeps the unit files that it ships. */
export const SHIPPED_UNITS = "/opt/swarmkeeper/current/units";
const SYSTEMD_UNITS = "/etc/systemd/system";

/** "running" for systemd's purposes: no start job is needed. A unit between two automatic restarts is "activating". */
export const isUp = (active: string): boolean => ["active", "activating", "reloading", "refreshing"].includes(active);

/** Puts the shipped files of these units in place, reloads systemd once if any was new, and returns those. */
export async function installUnits(
  { host, systemd }: Pick<Machine, "host" | "systemd">,
  names: readonly string[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const name of names) {
    const shipped = await host.read(`${SHIPPED_UNITS}/${name}`);
    if (shipped === undefined || shipped === (await host.read(`${SYSTEMD_UNITS}/${name}`))) continue;
    await host.write(`${SYSTEMD_UNITS}/${name}`, shipped);
    changed.push(name);
  }
  if (changed.length > 0) await systemd.daemonReload();
  return changed;
}

/**
 * Starts the units in the order given, those whose file changed anew. One that fails does not keep back the next:
 * who needs another says so in its unit file. Returns what went wrong, empty when all run.
 */
export async function runUnits(
  { host, systemd, store }: Pick<Machine, "host" | "systemd"> & { store: Store },
  names: readonly string[],
): Promise<string[]> {
  const changed = await installUnits({ host, systemd }, names);
  // Noted before they are started, so that a crash in between leaves none behind for good.
  await store.update(state => ({ ...state, units: [...new Set([...state.units, ...names])] }));
  const problems: string[] = [];
  for (const unit of await systemd.show(names)) {
    try {
      if (unit.load === "not-found") {
        problems.push(`unit ${unit.name} is neither shipped nor known to systemd`);
      } else if (!isUp(unit.active)) {
        await systemd.start(unit.name);
      } else if (changed.includes(unit.name)) {
        await systemd.restart(unit.name);
      }
    } catch (error) {
      problems.push(`unit ${unit.name} does not start: ${reasonOf(error)}`);
    }
  }
  return problems;
}

/** Stops a unit that is no longer listed and takes away the file that we put there. */
export async function dropUnit(
  { host, systemd, store }: Pick<Machine, "host" | "systemd"> & { store: Store },
  name: string,
): Promise<void> {
  await stopUnit(systemd, name);
  const ours = (await host.read(`${SHIPPED_UNITS}/${name}`)) !== undefined;
  if (ours && (await host.read(`${SYSTEMD_UNITS}/${name}`)) !== undefined) {
    await host.remove(`${SYSTEMD_UNITS}/${name}`);
    await systemd.daemonReload();
  }
  await store.update(state => ({ ...state, units: state.units.filter(unit => unit !== name) }));
}

/** Stopped now, and not started by systemd at the next boot either. */
export async function stopUnit(systemd: Systemd, name: string): Promise<void> {
  const [unit] = await systemd.show([name]);
  if (!unit || unit.load === "not-found") return;
  if (unit.active !== "inactive" && unit.active !== "failed") await systemd.stop(name);
  if (unit.enabled) await systemd.disable(name);
}

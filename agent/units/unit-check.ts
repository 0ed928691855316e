// The health check of a unit file. The agent observes units up to once a second and their files rarely change, so that
// each text is parsed once.
import { unitLines } from "../../crd-like-specs/units/unit-lines.ts";
import { type Check, parseUnitSection } from "../../crd-like-specs/units/unit-section.ts";
import type { Host } from "../../drivers/host/port.ts";
import { SYSTEMD_UNITS } from "../host/systemd-units.ts";

interface Parsed {
  readonly text: string;
  readonly check: Check | undefined;
}

/** By unit name: the last text on this node. */
const parsedFiles = new WeakMap<Host, Map<string, Parsed>>();

/** The health check of the unit. Undefined if its file has none, cannot be read, or has an invalid section. */
export async function unitCheck(host: Host, name: string): Promise<Check | undefined> {
  const text = await host.read(`${SYSTEMD_UNITS}/${name}`).catch(() => undefined);
  const files = parsedFiles.get(host) ?? new Map<string, Parsed>();
  parsedFiles.set(host, files);
  if (text === undefined) {
    files.delete(name);
    return undefined;
  }
  const before = files.get(name);
  if (before?.text === text) return before.check;
  const section = parseUnitSection(unitLines(text));
  const check = section.ok ? section.value.check : undefined;
  files.set(name, { text, check });
  return check;
}

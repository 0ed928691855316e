// What `systemctl show` prints about several units, read into states.
import { SystemdError, type UnitState } from "./port.ts";

/** Each of these moments is a change of the unit's active state; the latest is when the present one began. */
const turns = ["ActiveEnterTimestamp", "ActiveExitTimestamp", "InactiveEnterTimestamp", "InactiveExitTimestamp"];

/** The properties that `parseShow` reads; timestamps as `--timestamp=us+utc` prints them. */
export const shownProperties = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "NRestarts",
  "UnitFileState",
  "Type",
  "RemainAfterExit",
  ...turns,
] as const;

/**
 * One block of `Property=value` lines for each unit asked for, in that order, with an empty line between.
 * The order is what names a block: under an alias systemd shows another Id.
 */
export function parseShow(units: readonly string[], text: string): UnitState[] {
  const blocks = text.trim().split(/\n\s*\n/);
  if (blocks.length !== units.length)
    throw new SystemdError("unexpected", `systemctl show told of ${blocks.length} units, asked for ${units.length}`);
  return units.map((name, index) => parseUnit(name, blocks[index] ?? ""));
}

function parseUnit(name: string, block: string): UnitState {
  const properties = new Map<string, string>();
  for (const line of block.split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) properties.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const told = (property: string): string => properties.get(property) ?? "";
  const times = turns.map(turn => parseTimestamp(told(turn))).filter(time => time !== undefined);
  return {
    name,
    load: told("LoadState"),
    type: told("Type"),
    remains: told("RemainAfterExit") === "yes",
    active: told("ActiveState"),
    sub: told("SubState"),
    // Only services and their like have a result; a target succeeds by being there.
    result: told("Result") || "success",
    restarts: Number(told("NRestarts") || 0),
    enabled: told("UnitFileState").startsWith("enabled"),
    since: times.length === 0 ? undefined : Math.max(...times),
    begun: parseTimestamp(told("InactiveExitTimestamp")),
  };
}

/** "Mon 2026-11-23 14:08:11.807627 UTC" in milliseconds since 1970; undefined for the empty text of "never". */
function parseTimestamp(text: string): number | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

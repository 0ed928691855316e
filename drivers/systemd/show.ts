// Parses the output of `systemctl show` about several units.
import { SystemdError, type UnitState } from "./port.ts";

/** Timestamps of changes of the unit's active state. The latest is when the current state began. */
const timestamps = ["ActiveEnterTimestamp", "ActiveExitTimestamp", "InactiveEnterTimestamp", "InactiveExitTimestamp"];

/** The properties that `parseShow` reads. Timestamps have the format of `--timestamp=us+utc`. */
export const shownProperties = [
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "NRestarts",
  "UnitFileState",
  "Type",
  "RemainAfterExit",
  ...timestamps,
] as const;

/**
 * Parses one block of `Property=value` lines per requested unit, in the order of `units`, separated by an empty line.
 * The order identifies a block, because systemd shows another Id for an alias. Throws SystemdError `unexpected` if the
 * number of blocks differs.
 */
export function parseShow(units: readonly string[], text: string): UnitState[] {
  const blocks = text.trim().split(/\n\s*\n/);
  if (blocks.length !== units.length)
    throw new SystemdError(
      "unexpected",
      `systemctl show showed ${blocks.length} units, not the requested ${units.length}`,
    );
  return units.map((name, index) => parseUnit(name, blocks[index] ?? ""));
}

function parseUnit(name: string, block: string): UnitState {
  const properties = new Map<string, string>();
  for (const line of block.split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) properties.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const value = (property: string): string => properties.get(property) ?? "";
  const times = timestamps.map(timestamp => parseTimestamp(value(timestamp))).filter(time => time !== undefined);
  return {
    name,
    load: value("LoadState"),
    type: value("Type"),
    remains: value("RemainAfterExit") === "yes",
    active: value("ActiveState"),
    sub: value("SubState"),
    // Only services and similar units have a result. A target has none and always succeeds.
    result: value("Result") || "success",
    restarts: Number(value("NRestarts") || 0),
    enabled: value("UnitFileState").startsWith("enabled"),
    since: times.length === 0 ? undefined : Math.max(...times),
    begun: parseTimestamp(value("InactiveExitTimestamp")),
  };
}

/** "Mon 2026-11-23 14:08:11.807627 UTC" in milliseconds since 1970. Undefined for an empty text, which means never. */
function parseTimestamp(text: string): number | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

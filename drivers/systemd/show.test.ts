import { describe, expect, it } from "vitest";
import { parseShow } from "./show.ts";

const running = `Type=exec
RemainAfterExit=yes
Result=success
NRestarts=2
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled-runtime
InactiveExitTimestamp=Mon 2026-11-23 14:08:11.807627 UTC
ActiveEnterTimestamp=Mon 2026-11-23 14:08:12.000999 UTC
ActiveExitTimestamp=
InactiveEnterTimestamp=Mon 2026-11-23 14:08:10.000000 UTC`;

const target = `LoadState=loaded
ActiveState=inactive
SubState=dead
UnitFileState=static
InactiveExitTimestamp=
ActiveEnterTimestamp=
ActiveExitTimestamp=
InactiveEnterTimestamp=`;

describe("parseShow", () => {
  it("names each unit as it was requested", () => {
    expect(parseShow(["alias.service", "x.target"], `${running}\n\n${target}\n`)).toEqual([
      {
        name: "alias.service",
        load: "loaded",
        type: "exec",
        remains: true,
        active: "active",
        sub: "running",
        result: "success",
        restarts: 2,
        enabled: true,
        since: Date.UTC(2026, 10, 23, 14, 8, 12, 0),
        begun: Date.UTC(2026, 10, 23, 14, 8, 11, 807),
      },
      {
        name: "x.target",
        load: "loaded",
        type: "",
        remains: false,
        active: "inactive",
        sub: "dead",
        result: "success",
        restarts: 0,
        enabled: false,
        since: undefined,
        begun: undefined,
      },
    ]);
  });

  it("rejects an answer about another number of units", () => {
    expect(() => parseShow(["a.service", "b.service"], running)).toThrow("showed 1 units, not the requested 2");
  });
});

// The wording of what is wrong with a unit: nothing but this test may depend on it.
import { expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { failedCheck, type UnitSeen, unitProblem } from "./unit-health.ts";

const NOW = 10_000_000;
const message = (seen: Partial<UnitState>, ran: UnitSeen["ran"] = "yes") =>
  unitProblem({ state: unitState({ since: NOW - 1_000, begun: NOW - 1_000, ...seen }), ran, now: NOW })?.message;

it("says why a unit is not well in words that follow its name", () => {
  const idle = { active: "inactive", sub: "dead" };
  const oneshot = { type: "oneshot" };
  expect([
    message({ active: "failed", sub: "failed", result: "exit-code" }),
    message({ restarts: 3 }),
    message({ active: "activating", sub: "auto-restart" }),
    message({ ...idle, load: "not-found" }),
    message({ ...idle, load: "bad-setting" }),
    message({ ...oneshot, ...idle }, "no"),
    message({ ...oneshot, active: "activating", sub: "start" }, "unfinished"),
    message(idle),
    message({ active: "activating", sub: "start" }),
    message({ active: "deactivating", sub: "stop" }),
    message({ active: "maintenance", sub: "" }),
    failedCheck("connect ECONNREFUSED").message,
  ]).toEqual([
    "has failed (exit-code)",
    "keeps being restarted",
    "has ended, and waits for its automatic restart",
    "is not known to systemd",
    "cannot be used by systemd (bad-setting)",
    "has not been started",
    "has not finished yet",
    "does not run",
    "is starting",
    "is stopping",
    "is maintenance",
    "its check fails: connect ECONNREFUSED",
  ]);
});

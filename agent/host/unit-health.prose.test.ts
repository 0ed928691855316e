// The sentences of unit problems. Only this test may depend on them.
import { expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { failedCheck, type ObservedUnit, unitProblem } from "./unit-health.ts";

const NOW = 10_000_000;
const message = (state: Partial<UnitState>, ran: ObservedUnit["ran"] = "yes") =>
  unitProblem({ state: unitState({ since: NOW - 1_000, begun: NOW - 1_000, ...state }), ran, now: NOW })?.message;

it("the message of a unit problem is a phrase that follows the unit's name", () => {
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
    "has ended and waits for its automatic restart",
    "is not known to systemd",
    "cannot be used by systemd (bad-setting)",
    "has not been started",
    "has not finished yet",
    "is not running",
    "is starting",
    "is stopping",
    "is maintenance",
    "its health check fails: connect ECONNREFUSED",
  ]);
});

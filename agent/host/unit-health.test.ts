import { describe, expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { type ObservedUnit, unitProblem } from "./unit-health.ts";

const NOW = 10_000_000;
const found = (state: Partial<UnitState>, ran: ObservedUnit["ran"] = "yes") =>
  unitProblem({ state: unitState({ since: NOW - 1_000, begun: NOW - 1_000, ...state }), ran, now: NOW });
const problem = (...args: Parameters<typeof found>) => found(...args)?.reason;

const idle = { active: "inactive", sub: "dead" };
const failed = { active: "failed", sub: "failed", result: "exit-code" };
const starting = { active: "activating", sub: "start" };
const waiting = { active: "activating", sub: "auto-restart", result: "exit-code" };

describe("a service", () => {
  it.each([
    ["healthy while it runs", {}, undefined],
    ["healthy while it reloads its configuration", { active: "reloading", sub: "reload" }, undefined],
    ["healthy after two restarts", { restarts: 2 }, undefined],
    ["healthy after many restarts, long ago", { restarts: 9, since: NOW - 300_000 }, undefined],
    ["unhealthy while it starts", { type: "notify", ...starting }, "Starting"],
    ["unhealthy while it stops", { active: "deactivating", sub: "stop-sigterm" }, "Stopping"],
    ["unhealthy while it does not run", idle, "NotRunning"],
    ["unhealthy between two restarts", { ...waiting, restarts: 1 }, "AwaitingRestart"],
    ["unhealthy in a crash loop", { restarts: 3 }, "CrashLoop"],
    ["unhealthy after systemd has given up", { ...failed, result: "start-limit-hit" }, "Failed"],
    ["unhealthy if systemd does not know it", { ...idle, load: "not-found" }, "NotFound"],
    ["unhealthy with an invalid file", { ...idle, load: "bad-setting" }, "NotLoaded"],
  ] as [string, Partial<UnitState>, string | undefined][])("is %s", (_, state, reason) => {
    expect(problem(state)).toBe(reason);
    if (state.active !== "activating") expect(problem({ type: "exec", ...state })).toBe(reason);
  });
});

describe("a oneshot", () => {
  const oneshot = { type: "oneshot" };
  it.each([
    ["healthy when it has finished", { ...oneshot, ...idle }, undefined],
    ["healthy when it has finished and remains", { ...oneshot, remains: true, sub: "exited" }, undefined],
    ["healthy while a timer runs it again", { ...oneshot, ...starting }, undefined],
    ["unhealthy when it should have remained active", { ...oneshot, ...idle, remains: true }, "NotRunning"],
    ["unhealthy when it has failed", { ...oneshot, ...failed }, "Failed"],
    ["unhealthy while it waits for its restart", { ...oneshot, ...waiting }, "AwaitingRestart"],
  ] satisfies [string, Partial<UnitState>, string | undefined][])("is %s", (_, state, reason) => {
    expect(problem(state)).toBe(reason);
  });

  it("is unhealthy until it has finished for the first time", () => {
    expect(problem({ ...oneshot, ...starting }, "unfinished")).toBe("NotFinished");
    expect(problem({ ...oneshot, ...idle }, "unfinished")).toBeUndefined();
    expect(problem({ ...oneshot, ...idle }, "no")).toBe("NotStarted");
  });
});

it.each(["a.timer", "a.socket", "a.path", "a.mount", "a.target"])("%s is healthy only while it is active", name => {
  expect(problem({ name, type: "" })).toBeUndefined();
  expect(problem({ name, type: "", ...idle })).toBe("NotRunning");
  expect(problem({ name, type: "", ...failed, result: "resources" })).toBe("Failed");
});

it("a unit problem is transient while the unit is about to change its state", () => {
  const oneshot = { type: "oneshot" };
  for (const one of [
    found(starting),
    found(idle),
    found({ active: "deactivating" }),
    found({ ...oneshot, ...idle }, "no"),
  ])
    expect(one?.transient).toBe(true);
  for (const one of [found(failed), found(waiting), found({ restarts: 3 }), found({ ...idle, load: "not-found" })])
    expect(one?.transient).toBe(false);
});

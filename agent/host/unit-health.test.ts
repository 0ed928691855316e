import { describe, expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { type UnitSeen, unitProblem } from "./unit-health.ts";

const NOW = 10_000_000;
const found = (seen: Partial<UnitState>, ran: UnitSeen["ran"] = "yes") =>
  unitProblem({ state: unitState({ since: NOW - 1_000, begun: NOW - 1_000, ...seen }), ran, now: NOW });
const problem = (...seen: Parameters<typeof found>) => found(...seen)?.reason;

const idle = { active: "inactive", sub: "dead" };
const failed = { active: "failed", sub: "failed", result: "exit-code" };
const starting = { active: "activating", sub: "start" };
const waiting = { active: "activating", sub: "auto-restart", result: "exit-code" };

describe("a service", () => {
  it.each([
    ["well", {}, undefined],
    ["well while it reads its configuration anew", { active: "reloading", sub: "reload" }, undefined],
    ["well with a mishap behind it", { restarts: 2 }, undefined],
    ["well with many, long ago", { restarts: 9, since: NOW - 300_000 }, undefined],
    ["not well while it starts", { type: "notify", ...starting }, "Starting"],
    ["not well while it stops", { active: "deactivating", sub: "stop-sigterm" }, "Stopping"],
    ["not well where it does not run", idle, "NotRunning"],
    ["not well between two restarts", { ...waiting, restarts: 1 }, "AwaitingRestart"],
    ["not well while it keeps being restarted", { restarts: 3 }, "CrashLoop"],
    ["not well where it gave up", { ...failed, result: "start-limit-hit" }, "Failed"],
    ["not well where nobody knows it", { ...idle, load: "not-found" }, "NotFound"],
    ["not well with a file of no use", { ...idle, load: "bad-setting" }, "NotLoaded"],
  ] as [string, Partial<UnitState>, string | undefined][])("is %s", (_, seen, why) => {
    expect(problem(seen)).toBe(why);
    if (seen.active !== "activating") expect(problem({ type: "exec", ...seen })).toBe(why);
  });
});

describe("a oneshot", () => {
  const oneshot = { type: "oneshot" };
  it.each([
    ["well when it has finished", { ...oneshot, ...idle }, undefined],
    ["well when it has finished and remains", { ...oneshot, remains: true, sub: "exited" }, undefined],
    ["well while a timer runs it again", { ...oneshot, ...starting }, undefined],
    ["not well when it should have remained", { ...oneshot, ...idle, remains: true }, "NotRunning"],
    ["not well when it has failed", { ...oneshot, ...failed }, "Failed"],
    ["not well while it tries again", { ...oneshot, ...waiting }, "AwaitingRestart"],
  ] satisfies [string, Partial<UnitState>, string | undefined][])("is %s", (_, seen, why) => {
    expect(problem(seen)).toBe(why);
  });

  it("is not well before it has finished for the first time", () => {
    expect(problem({ ...oneshot, ...starting }, "unfinished")).toBe("NotFinished");
    expect(problem({ ...oneshot, ...idle }, "unfinished")).toBeUndefined();
    expect(problem({ ...oneshot, ...idle }, "no")).toBe("NotStarted");
  });
});

it.each(["a.timer", "a.socket", "a.path", "a.mount", "a.target"])("%s is well while it is active", name => {
  expect(problem({ name, type: "" })).toBeUndefined();
  expect(problem({ name, type: "", ...idle })).toBe("NotRunning");
  expect(problem({ name, type: "", ...failed, result: "resources" })).toBe("Failed");
});

it("is transient where it is but a state on the way to another", () => {
  const oneshot = { type: "oneshot" };
  for (const seen of [
    found(starting),
    found(idle),
    found({ active: "deactivating" }),
    found({ ...oneshot, ...idle }, "no"),
  ])
    expect(seen?.transient).toBe(true);
  for (const seen of [found(failed), found(waiting), found({ restarts: 3 }), found({ ...idle, load: "not-found" })])
    expect(seen?.transient).toBe(false);
});

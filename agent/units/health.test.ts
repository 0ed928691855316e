import { describe, expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { type UnitSeen, unitProblem } from "./health.ts";
import { unitState } from "./unit-state.fixture.ts";

const NOW = 10_000_000;
const problem = (seen: Partial<UnitState>, ran: UnitSeen["ran"] = "yes") =>
  unitProblem({ state: unitState({ since: NOW - 1_000, begun: NOW - 1_000, ...seen }), ran, now: NOW });

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
    ["not well while it starts", { type: "notify", ...starting }, "is starting"],
    ["not well while it stops", { active: "deactivating", sub: "stop-sigterm" }, "is stopping"],
    ["not well where it does not run", idle, "does not run"],
    ["not well between two restarts", { ...waiting, restarts: 1 }, "has ended, and waits for its automatic restart"],
    ["not well while it keeps being restarted", { restarts: 3 }, "keeps being restarted"],
    ["not well where it gave up", { ...failed, result: "start-limit-hit" }, "has failed (start-limit-hit)"],
    ["not well where nobody knows it", { ...idle, load: "not-found" }, "is not known to systemd"],
    ["not well with a file of no use", { ...idle, load: "bad-setting" }, "cannot be used by systemd (bad-setting)"],
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
    ["not well when it should have remained", { ...oneshot, ...idle, remains: true }, "does not run"],
    ["not well when it has failed", { ...oneshot, ...failed }, "has failed (exit-code)"],
    ["not well while it tries again", { ...oneshot, ...waiting }, "has ended, and waits for its automatic restart"],
  ] satisfies [string, Partial<UnitState>, string | undefined][])("is %s", (_, seen, why) => {
    expect(problem(seen)).toBe(why);
  });

  it("is not well before it has finished for the first time", () => {
    expect(problem({ ...oneshot, ...starting }, "unfinished")).toBe("has not finished yet");
    expect(problem({ ...oneshot, ...idle }, "unfinished")).toBeUndefined();
    expect(problem({ ...oneshot, ...idle }, "no")).toBe("has not been started");
  });
});

it.each(["a.timer", "a.socket", "a.path", "a.mount", "a.target"])("%s is well while it is active", name => {
  expect(problem({ name, type: "" })).toBeUndefined();
  expect(problem({ name, type: "", ...idle })).toBe("does not run");
  expect(problem({ name, type: "", ...failed, result: "resources" })).toBe("has failed (resources)");
});

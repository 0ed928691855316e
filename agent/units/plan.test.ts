import { describe, expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import type { UnitNote } from "../host/state.ts";
import { planUnits, type Target, type UnitView } from "./plan.ts";

const BOOT = "boot-2";
const idle = { active: "inactive", sub: "dead" };
const oneshot = { ...idle, type: "oneshot" };
const failed = { active: "failed", sub: "failed", result: "exit-code" };
const text = (hash: string): Target => ({ hash, text: `text ${hash}` });
const noted = (file: string, rest: Partial<UnitNote> = {}): UnitNote => ({ file, boot: BOOT, ...rest });

interface Some extends Partial<Omit<UnitView, "state">> {
  readonly observed?: Partial<UnitState>;
}

/** A unit that needs no change, except for the given fields. */
const view = (name: string, { observed = {}, ...rest }: Some = {}): UnitView => ({
  name,
  listed: true,
  activated: false,
  state: unitState({ name, ...observed }),
  onDisk: "A",
  isWritten: true,
  target: text("A"),
  settings: undefined,
  note: noted("A"),
  mayStartAgain: true,
  ...rest,
});

const plan = (...views: UnitView[]) =>
  planUnits(
    views,
    views.filter(one => one.listed).map(one => one.name),
    BOOT,
  );
const unchanged = {
  drift: [],
  stop: [],
  drop: [],
  restoreOwn: [],
  write: [],
  refresh: [],
  settle: [],
  start: [],
  unknown: [],
};
const starts = (...views: UnitView[]) => plan(...views).start.map(({ unit }) => unit);
const change = { target: text("B") };

describe("a plan for units that are in order", () => {
  it.each([
    ["a service that runs", {}],
    ["one between two restarts", { observed: { active: "activating", sub: "auto-restart" } }],
    ["a oneshot that has finished", { observed: oneshot }],
    ["one that is run by a timer", { observed: { type: "oneshot", active: "activating" } }],
    ["one with the machine's own file", { target: "own" as const, isWritten: false, note: { boot: BOOT } }],
    [
      "one whose text is not available",
      { target: "unavailable" as const, onDisk: "C", observed: idle, note: undefined },
    ],
    ["one that failed and is in its restart back-off", { observed: failed, mayStartAgain: false }],
    ["one that was stopped and is in its restart back-off", { observed: idle, mayStartAgain: false }],
  ] satisfies [string, Some][])("changes nothing: %s", (_, some) => {
    expect(plan(view("a.service", some))).toMatchObject(unchanged);
  });

  it("changes nothing but the order for another order", () => {
    const views = [view("a.service"), view("b.service")];
    expect(planUnits(views, ["b.service", "a.service"], BOOT)).toMatchObject({
      ...unchanged,
      run: ["b.service", "a.service"],
    });
  });
});

describe("a plan for changed units", () => {
  it("stops in reverse order, drops, writes, refreshes, and starts in order", () => {
    const views = [
      view("dropped.service", { listed: false, observed: { enabled: true } }),
      view("a.service", change),
      view("b.service", change),
      view("unowned.service", { listed: false, isWritten: false }),
      view("same.service"),
      view("new.service", { ...change, onDisk: undefined, note: undefined, observed: { ...idle, load: "not-found" } }),
    ];
    const order = ["new.service", "b.service", "same.service", "a.service"];
    expect(planUnits(views, order, BOOT)).toEqual({
      run: order,
      placed: order,
      drift: [],
      stop: ["unowned.service", "b.service", "a.service", "dropped.service"],
      drop: [
        { unit: "dropped.service", enabled: true, file: true },
        { unit: "unowned.service", enabled: false, file: false },
      ],
      restoreOwn: [],
      write: ["new.service", "b.service", "a.service"].map(unit => ({ unit, text: "text B" })),
      refresh: ["dropped.service", "a.service", "b.service", "new.service"],
      settle: [],
      start: ["new.service", "b.service", "a.service"].map(unit => ({ unit, file: "B", reset: false, again: false })),
      unknown: [],
    });
  });

  it("resets the failures of another text", () => {
    const { start } = plan(view("a.service", { ...change, observed: failed }));
    expect(start).toEqual([{ unit: "a.service", file: "B", reset: true, again: false }]);
  });

  it("runs a finished oneshot again", () => {
    expect(starts(view("a.service", { ...change, observed: oneshot }))).toEqual(["a.service"]);
  });

  it("takes over a unit with the machine's own file, and restores that file later", () => {
    const taken = plan(view("a.service", { ...change, isWritten: false, note: { boot: BOOT } }));
    expect(taken).toMatchObject({ stop: ["a.service"], write: [{ unit: "a.service" }], refresh: ["a.service"] });
    const restored = plan(view("a.service", { target: "own" }));
    expect(restored).toMatchObject({
      stop: ["a.service"],
      restoreOwn: ["a.service"],
      write: [],
      refresh: ["a.service"],
    });
    expect(restored.start).toEqual([{ unit: "a.service", file: undefined, reset: false, again: false }]);
  });

  it("assumes that a running unit without a note runs its file", () => {
    const settle = [{ unit: "a.service", file: "A", unfinished: false }];
    expect(plan(view("a.service", { note: undefined }))).toMatchObject({ ...unchanged, settle });
    expect(plan(view("a.service", { ...change, note: undefined })).stop).toEqual(["a.service"]);
  });

  it("lists a unit that neither the release nor systemd has", () => {
    const unknown = {
      target: "own",
      onDisk: undefined,
      note: undefined,
      observed: { ...idle, load: "not-found" },
    } as const;
    expect(plan(view("a.service", unknown))).toMatchObject({ ...unchanged, unknown: ["a.service"] });
  });
});

describe("a plan for an activated unit", () => {
  const activated = (some: Some = {}) =>
    view("job.service", { activated: true, observed: { ...idle, type: "oneshot" }, ...some });
  const order = ["job.timer"];
  const timer = view("job.timer");
  const settle = [{ unit: "job.service", file: "B", unfinished: false }];

  it("places its file and notes it, without a start", () => {
    const fresh = activated({ ...change, onDisk: undefined, note: undefined });
    expect(planUnits([timer, fresh], order, BOOT)).toEqual({
      ...unchanged,
      run: ["job.timer", "job.service"],
      placed: ["job.timer", "job.service"],
      write: [{ unit: "job.service", text: "text B" }],
      refresh: ["job.service"],
      settle,
    });
    expect(planUnits([timer, activated()], order, BOOT)).toMatchObject(unchanged);
  });

  it("lets a job finish, and stops a service that would keep running with the old file", () => {
    const running = { active: "active", sub: "running" };
    const stopOf = (type: string) =>
      planUnits([timer, activated({ ...change, observed: { ...running, type } })], order, BOOT).stop;
    expect(stopOf("oneshot")).toEqual([]);
    expect(stopOf("simple")).toEqual(["job.service"]);
  });

  it("restores its edited file, and drops it with the unit that activates it", () => {
    const edited = planUnits([timer, activated({ onDisk: "X" })], order, BOOT);
    expect(edited.drift).toMatchObject([{ unit: "job.service", reason: "FileEdited" }]);
    expect(edited).toMatchObject({ write: [{ unit: "job.service" }], refresh: ["job.service"], stop: [], start: [] });
    const dropped = planUnits([{ ...activated(), listed: false, activated: false }], [], BOOT);
    expect(dropped.drop).toEqual([{ unit: "job.service", enabled: false, file: true }]);
  });

  it("refreshes systemd after a crash between the file and the refresh", () => {
    const written = activated({ ...change, onDisk: "B" });
    expect(planUnits([timer, written], order, BOOT)).toMatchObject({ write: [], refresh: ["job.service"], settle });
  });
});

describe("a plan after a crash", () => {
  it.each([
    ["before the stop", { ...change, note: noted("A", { phase: "stopping" }) }, { stop: 1, write: 1, start: 1 }],
    [
      "before the files",
      { ...change, observed: idle, note: noted("A", { phase: "stopping" }) },
      { stop: 0, write: 1, start: 1 },
    ],
    [
      "before the refresh",
      { ...change, onDisk: "B", observed: idle, note: noted("A", { phase: "stopping" }) },
      { stop: 0, write: 0, start: 1 },
    ],
    [
      "before the start",
      { observed: { ...idle, begun: 500 }, note: noted("A", { phase: "starting", at: 1_000 }) },
      { stop: 0, write: 0, start: 1 },
    ],
  ] satisfies [string, Some, object][])("%s continues, with a refresh", (_, some, counts) => {
    const { stop, write, start, refresh, drift } = plan(view("a.service", some));
    expect({ stop: stop.length, write: write.length, start: start.length }).toEqual(counts);
    expect({ refresh, drift }).toEqual({ refresh: ["a.service"], drift: [] });
  });

  it.each([
    ["runs", { active: "active" }, false],
    ["is a oneshot that has finished since", { ...oneshot, begun: 1_000 }, false],
    ["has failed since", { ...failed, begun: 1_001 }, false],
    ["is a oneshot that runs", { type: "oneshot", active: "activating" }, true],
  ] satisfies [string, Partial<UnitState>, boolean][])(
    "before the note starts no unit twice that %s",
    (_, observed, unfinished) => {
      const settle = [{ unit: "a.service", file: "A", unfinished }];
      const note = noted("A", { phase: "starting", at: 1_000 });
      expect(plan(view("a.service", { observed, note }))).toMatchObject({ ...unchanged, settle });
    },
  );

  it("leaves a unit unchanged if its change was reverted before its stop", () => {
    expect(plan(view("a.service", { note: noted("A", { phase: "stopping" }) }))).toMatchObject({
      ...unchanged,
      settle: [{ unit: "a.service" }],
    });
  });

  it("runs no oneshot again that was observed running, even if systemd has forgotten it", () => {
    const note = noted("A", { phase: "finishing" });
    const running = view("a.service", { observed: { type: "oneshot", active: "activating" }, note });
    expect(plan(running)).toMatchObject(unchanged);
    const over = plan(view("a.service", { observed: { ...oneshot, begun: undefined }, note }));
    expect(over).toMatchObject({ ...unchanged, settle: [{ unit: "a.service", unfinished: false }] });
  });
});

describe("a plan after a reboot", () => {
  it("starts everything in order, oneshots too, and reports no drift", () => {
    const before = { note: noted("A", { boot: "boot-1" }) };
    const views = [
      view("a.service", { ...before, observed: idle }),
      view("b.service", { ...before, observed: oneshot }),
      view("c.service", before),
    ];
    const { start, settle, drift, refresh } = planUnits(views, ["b.service", "c.service", "a.service"], BOOT);
    expect(start.map(({ unit }) => unit)).toEqual(["b.service", "a.service"]);
    expect(settle.map(({ unit }) => unit)).toEqual(["c.service"]);
    expect({ drift, refresh }).toEqual({ drift: [], refresh: [] });
  });
});

describe("a plan for a manual change", () => {
  it.each([
    ["an edited file", { onDisk: "X" }, "FileEdited", { stop: 1, write: 1, start: 1 }],
    ["a deleted file", { onDisk: undefined }, "FileDeleted", { stop: 1, write: 1, start: 1 }],
    ["the file of a oneshot", { onDisk: "X", observed: oneshot }, "FileEdited", { stop: 0, write: 1, start: 0 }],
    ["a stop", { observed: idle }, "Stopped", { stop: 0, write: 0, start: 1 }],
    [
      "a stop of a oneshot that remains",
      { observed: { ...oneshot, remains: true } },
      "Stopped",
      { stop: 0, write: 0, start: 1 },
    ],
  ] satisfies [string, Some, string, object][])("reverts %s", (_, some, reason, counts) => {
    const { stop, write, start, drift } = plan(view("a.service", some));
    expect({ stop: stop.length, write: write.length, start: start.length }).toEqual(counts);
    expect(drift).toMatchObject([{ unit: "a.service", reason }]);
  });

  it("starts a unit again that failed by itself, without drift", () => {
    expect(plan(view("a.service", { observed: failed }))).toMatchObject({
      ...unchanged,
      start: [{ unit: "a.service", file: "A", reset: false, again: true }],
    });
  });
});

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
  readonly seen?: Partial<UnitState>;
}

/** As it should be, but for what is said. */
const view = (name: string, { seen = {}, ...rest }: Some = {}): UnitView => ({
  name,
  listed: true,
  carried: false,
  state: unitState({ name, ...seen }),
  onDisk: "A",
  ours: true,
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
const still = {
  drift: [],
  stop: [],
  drop: [],
  giveBack: [],
  write: [],
  refresh: [],
  settle: [],
  start: [],
  unknown: [],
};
const starts = (...views: UnitView[]) => plan(...views).start.map(({ unit }) => unit);
const change = { target: text("B") };

describe("units as they should be", () => {
  it.each([
    ["a service that runs", {}],
    ["one between two restarts", { seen: { active: "activating", sub: "auto-restart" } }],
    ["a oneshot that has finished", { seen: oneshot }],
    ["one that is run by a timer", { seen: { type: "oneshot", active: "activating" } }],
    ["the host's own", { target: "own" as const, ours: false, note: { boot: BOOT } }],
    ["one whose text cannot be had", { target: "lacking" as const, onDisk: "C", seen: idle, note: undefined }],
    ["one that failed, and was started again just now", { seen: failed, mayStartAgain: false }],
    ["one that was stopped, and was started again just now", { seen: idle, mayStartAgain: false }],
  ] satisfies [string, Some][])("are left alone: %s", (_, some) => {
    expect(plan(view("a.service", some))).toMatchObject(still);
  });

  it("are left alone in another order", () => {
    const views = [view("a.service"), view("b.service")];
    expect(planUnits(views, ["b.service", "a.service"], BOOT)).toMatchObject({
      ...still,
      run: ["b.service", "a.service"],
    });
  });
});

describe("a change", () => {
  it("stops in reverse, takes away what goes, writes, refreshes, and starts in order", () => {
    const views = [
      view("gone.service", { listed: false, seen: { enabled: true } }),
      view("a.service", change),
      view("b.service", change),
      view("foreign.service", { listed: false, ours: false }),
      view("same.service"),
      view("new.service", { ...change, onDisk: undefined, note: undefined, seen: { ...idle, load: "not-found" } }),
    ];
    const order = ["new.service", "b.service", "same.service", "a.service"];
    expect(planUnits(views, order, BOOT)).toEqual({
      run: order,
      placed: order,
      drift: [],
      stop: ["foreign.service", "b.service", "a.service", "gone.service"],
      drop: [
        { unit: "gone.service", enabled: true, file: true },
        { unit: "foreign.service", enabled: false, file: false },
      ],
      giveBack: [],
      write: ["new.service", "b.service", "a.service"].map(unit => ({ unit, text: "text B" })),
      refresh: ["gone.service", "a.service", "b.service", "new.service"],
      settle: [],
      start: ["new.service", "b.service", "a.service"].map(unit => ({ unit, file: "B", reset: false, again: false })),
      unknown: [],
    });
  });

  it("forgets the failures of another text", () => {
    const { start } = plan(view("a.service", { ...change, seen: failed }));
    expect(start).toEqual([{ unit: "a.service", file: "B", reset: true, again: false }]);
  });

  it("runs a oneshot anew that had finished", () => {
    expect(starts(view("a.service", { ...change, seen: oneshot }))).toEqual(["a.service"]);
  });

  it("takes over a unit of the host, and gives it back", () => {
    const taken = plan(view("a.service", { ...change, ours: false, note: { boot: BOOT } }));
    expect(taken).toMatchObject({ stop: ["a.service"], write: [{ unit: "a.service" }], refresh: ["a.service"] });
    const rolledBack = plan(view("a.service", { target: "own" }));
    expect(rolledBack).toMatchObject({
      stop: ["a.service"],
      giveBack: ["a.service"],
      write: [],
      refresh: ["a.service"],
    });
    expect(rolledBack.start).toEqual([{ unit: "a.service", file: undefined, reset: false, again: false }]);
  });

  it("takes a running unit without a note for what its file says", () => {
    const settle = [{ unit: "a.service", file: "A", unfinished: false }];
    expect(plan(view("a.service", { note: undefined }))).toMatchObject({ ...still, settle });
    expect(plan(view("a.service", { ...change, note: undefined })).stop).toEqual(["a.service"]);
  });

  it("names a unit that nobody knows", () => {
    const unknown = {
      target: "own",
      onDisk: undefined,
      note: undefined,
      seen: { ...idle, load: "not-found" },
    } as const;
    expect(plan(view("a.service", unknown))).toMatchObject({ ...still, unknown: ["a.service"] });
  });
});

describe("a file that something of the list activates", () => {
  const carried = (some: Some = {}) =>
    view("job.service", { carried: true, seen: { ...idle, type: "oneshot" }, ...some });
  const order = ["job.timer"];
  const timer = view("job.timer");
  const settle = [{ unit: "job.service", file: "B", unfinished: false }];

  it("is placed and noted, and not started", () => {
    const fresh = carried({ ...change, onDisk: undefined, note: undefined });
    expect(planUnits([timer, fresh], order, BOOT)).toEqual({
      ...still,
      run: ["job.timer", "job.service"],
      placed: ["job.timer", "job.service"],
      write: [{ unit: "job.service", text: "text B" }],
      refresh: ["job.service"],
      settle,
    });
    expect(planUnits([timer, carried()], order, BOOT)).toMatchObject(still);
  });

  it("lets a job finish, and ends a service that would go on by the old file", () => {
    const running = { active: "active", sub: "running" };
    const stopOf = (type: string) =>
      planUnits([timer, carried({ ...change, seen: { ...running, type } })], order, BOOT).stop;
    expect(stopOf("oneshot")).toEqual([]);
    expect(stopOf("simple")).toEqual(["job.service"]);
  });

  it("is put back when somebody edits it, and goes with what activates it", () => {
    const edited = planUnits([timer, carried({ onDisk: "X" })], order, BOOT);
    expect(edited.drift).toMatchObject([{ unit: "job.service", reason: "FileEdited" }]);
    expect(edited).toMatchObject({ write: [{ unit: "job.service" }], refresh: ["job.service"], stop: [], start: [] });
    const gone = planUnits([{ ...carried(), listed: false, carried: false }], [], BOOT);
    expect(gone.drop).toEqual([{ unit: "job.service", enabled: false, file: true }]);
  });

  it("is read anew after a crash between the file and the refresh", () => {
    const written = carried({ ...change, onDisk: "B" });
    expect(planUnits([timer, written], order, BOOT)).toMatchObject({ write: [], refresh: ["job.service"], settle });
  });
});

describe("after a crash", () => {
  it.each([
    ["before the stop", { ...change, note: noted("A", { phase: "stopping" }) }, { stop: 1, write: 1, start: 1 }],
    [
      "before the files",
      { ...change, seen: idle, note: noted("A", { phase: "stopping" }) },
      { stop: 0, write: 1, start: 1 },
    ],
    [
      "before the refresh",
      { ...change, onDisk: "B", seen: idle, note: noted("A", { phase: "stopping" }) },
      { stop: 0, write: 0, start: 1 },
    ],
    [
      "before the start",
      { seen: { ...idle, begun: 500 }, note: noted("A", { phase: "starting", at: 1_000 }) },
      { stop: 0, write: 0, start: 1 },
    ],
  ] satisfies [string, Some, object][])("%s goes on, with a refresh", (_, some, counts) => {
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
    "before the note, a unit that %s is not started twice",
    (_, seen, unfinished) => {
      const settle = [{ unit: "a.service", file: "A", unfinished }];
      const note = noted("A", { phase: "starting", at: 1_000 });
      expect(plan(view("a.service", { seen, note }))).toMatchObject({ ...still, settle });
    },
  );

  it("leaves a unit as it is whose change was taken back before it was stopped", () => {
    expect(plan(view("a.service", { note: noted("A", { phase: "stopping" }) }))).toMatchObject({
      ...still,
      settle: [{ unit: "a.service" }],
    });
  });

  it("does not run a oneshot again that was seen to run, even where systemd has forgotten it", () => {
    const note = noted("A", { phase: "finishing" });
    const running = view("a.service", { seen: { type: "oneshot", active: "activating" }, note });
    expect(plan(running)).toMatchObject(still);
    const over = plan(view("a.service", { seen: { ...oneshot, begun: undefined }, note }));
    expect(over).toMatchObject({ ...still, settle: [{ unit: "a.service", unfinished: false }] });
  });
});

describe("after a reboot", () => {
  it("everything is started in order, oneshots too, and nothing is anybody's doing", () => {
    const before = { note: noted("A", { boot: "boot-1" }) };
    const views = [
      view("a.service", { ...before, seen: idle }),
      view("b.service", { ...before, seen: oneshot }),
      view("c.service", before),
    ];
    const { start, settle, drift, refresh } = planUnits(views, ["b.service", "c.service", "a.service"], BOOT);
    expect(start.map(({ unit }) => unit)).toEqual(["b.service", "a.service"]);
    expect(settle.map(({ unit }) => unit)).toEqual(["c.service"]);
    expect({ drift, refresh }).toEqual({ drift: [], refresh: [] });
  });
});

describe("what somebody did by hand", () => {
  it.each([
    ["an edited file", { onDisk: "X" }, "FileEdited", { stop: 1, write: 1, start: 1 }],
    ["a deleted file", { onDisk: undefined }, "FileDeleted", { stop: 1, write: 1, start: 1 }],
    ["the file of a oneshot", { onDisk: "X", seen: oneshot }, "FileEdited", { stop: 0, write: 1, start: 0 }],
    ["a stop", { seen: idle }, "Stopped", { stop: 0, write: 0, start: 1 }],
    [
      "a stop of a oneshot that remains",
      { seen: { ...oneshot, remains: true } },
      "Stopped",
      { stop: 0, write: 0, start: 1 },
    ],
  ] satisfies [string, Some, string, object][])("is put back: %s", (_, some, reason, counts) => {
    const { stop, write, start, drift } = plan(view("a.service", some));
    expect({ stop: stop.length, write: write.length, start: start.length }).toEqual(counts);
    expect(drift).toMatchObject([{ unit: "a.service", reason }]);
  });

  it("is told apart from what failed by itself, which is started again", () => {
    expect(plan(view("a.service", { seen: failed }))).toMatchObject({
      ...still,
      start: [{ unit: "a.service", file: "A", reset: false, again: true }],
    });
  });
});

// The units of one host over twins: what is started and stopped, by which file and in which order, with the agent ended at
// every write on the way.
import { describe, expect, it } from "vitest";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import type { Fault } from "../../test/fakes/gate.ts";
import { CONTROLLER } from "../../test/fakes/world.ts";
import { FOLDER, NEW, OLD, oneshot, Story, service } from "../../test/fixtures/unit-scenario.ts";
import { TEXT_CACHE } from "./texts.ts";

/** From one list to another; a fault strikes on the way. */
async function change(fault?: Fault): Promise<Story & { calls?: number }> {
  const story = await Story.begin();
  const { host, world } = story;
  await story.reach(["a.service", "b.service", "o.service", "web.service"], OLD);
  expect(story.jobs()).toEqual({
    starts: ["a.service /bin/a1", "b.service /bin/b1", "o.service /bin/true"],
    stops: [],
  });
  await world.clock.advance(5_000);
  const before = host.calls;
  if (fault) host.fault = { ...fault, call: before + fault.call };
  await story.reach(["d.service", "web.service", "o.service", "b.service"], NEW);
  await world.clock.advance(60_000);
  expect(host.fault).toBeUndefined();
  host.calls -= before;
  return story;
}

async function demandNew(story: Story): Promise<void> {
  expect(story.host.status()?.units).toMatchObject([
    { name: "d.service", active: "active", file: hashOf(NEW["d.service"]) },
    { name: "web.service", active: "active" },
    { name: "o.service", active: "inactive", file: hashOf(NEW["o.service"]) },
    { name: "b.service", active: "active", file: hashOf(NEW["b.service"]) },
  ]);
  expect(story.host.status()?.units.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  expect(story.host.status()?.drift).toBeUndefined();
  expect(story.unit("web.service")).not.toHaveProperty("file");
  expect(["a.service", "b.service", "d.service"].map(name => story.file(name))).toEqual([
    undefined,
    NEW["b.service"],
    NEW["d.service"],
  ]);
  expect(await story.active("a.service")).toEqual(["inactive"]);
  const cached = await story.host.disk.names(TEXT_CACHE);
  expect(cached).toEqual(Object.values(NEW).map(hashOf).sort());
}

/** Each once: what stops by its old file, in reverse; what starts by its new one, in order. */
const JOBS = {
  starts: ["d.service /bin/d1", "o.service /bin/sleep 1", "b.service /bin/b2"],
  stops: ["b.service /bin/stop-b1", "a.service /bin/stop-a1"],
};

describe("a change of units", () => {
  it("stops in reverse by the old files and starts in order by the new ones, and touches nothing else", async () => {
    const story = await change();
    await demandNew(story);
    expect(story.jobs()).toEqual(JOBS);
    const [web] = await story.host.systemd.show(["web.service"]);
    expect(web?.begun).toBeLessThan((await story.host.systemd.show(["d.service"]))[0]?.begun ?? 0);
  });

  it("comes to the same over a crash at every write, with nothing started or stopped twice", {
    timeout: 120_000,
  }, async () => {
    const { calls } = (await change()).host;
    expect(calls).toBeGreaterThan(15);
    for (let call = 1; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        const story = await change({ call, when, end: "crash" });
        try {
          await demandNew(story);
          expect(story.jobs()).toEqual(JOBS);
        } catch (cause) {
          throw new Error(`after a crash ${when} write ${call} of ${calls}`, { cause });
        }
      }
    }
  });

  it("comes to the same over a loss of power at every write", { timeout: 120_000 }, async () => {
    const { calls } = (await change()).host;
    for (let call = 1; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        const story = await change({ call, when, end: "power" });
        await demandNew(story).catch(cause => {
          throw new Error(`after a loss of power ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });

  it("restarts nothing where only the order is another, and stops by that order later", async () => {
    const story = await Story.begin();
    const { "a.service": a, "b.service": b } = OLD;
    await story.reach(["a.service", "b.service"], { "a.service": a, "b.service": b });
    story.jobs();
    await story.reach(["b.service", "a.service"], { "a.service": a, "b.service": b });
    expect(story.jobs()).toEqual({ starts: [], stops: [] });
    await story.reach([]);
    expect(story.jobs().stops).toEqual(["a.service /bin/stop-a1", "b.service /bin/stop-b1"]);
  });

  it("takes over a unit of the host, and leaves one alone that it has never run", async () => {
    const story = await Story.begin();
    const { host } = story;
    await host.disk.write(`${FOLDER}/a.service`, service("own"));
    await host.disk.write(`${FOLDER}/c.service`, service("foreign"));
    await host.systemd.start("a.service");
    await host.systemd.start("c.service");
    await story.reach(["a.service", "b.service"], OLD);
    expect(story.jobs().stops).toEqual(["a.service /bin/stop-own"]);
    await story.reach(["b.service"], { "b.service": OLD["b.service"] });
    expect(story.file("a.service")).toBeUndefined();
    expect(story.file("c.service")).toBe(service("foreign"));
    expect(await story.active("a.service", "c.service")).toEqual(["inactive", "active"]);
  });

  it("runs the host's own units by their own files, which it does not take away", async () => {
    const story = await Story.begin();
    await story.host.disk.write(`${FOLDER}/a.service`, service("own"));
    await story.reach(["a.service"]);
    await story.reach([]);
    expect(story.jobs()).toEqual({ starts: ["a.service /bin/own"], stops: ["a.service /bin/stop-own"] });
    expect(story.file("a.service")).toBe(service("own"));
  });

  it("goes on from the state of an agent that noted less", async () => {
    const story = await Story.begin();
    const { host, world } = story;
    await story.reach(["web.service", CONTROLLER]);
    await host.stop();
    const path = "/var/lib/swarmkeeper/state.json";
    const { started: _, written: __, drift: ___, ...old } = JSON.parse(host.disk.peek(path) ?? "{}");
    await host.disk.write(path, JSON.stringify(old));
    host.starts.splice(0);
    host.boot();
    await world.clock.advance(30_000);
    expect(host.starts).toEqual([]);
    await story.reach([CONTROLLER]);
    expect(story.file("web.service")).toBeUndefined();
  });
});

describe("what a listed unit activates", () => {
  it("lies beside it, is not started, changes by itself, and goes with it", async () => {
    const story = await Story.begin();
    const timer = "[Timer]\nOnCalendar=daily\n";
    await story.reach(["t.timer"], { "t.timer": timer, "t.service": oneshot("true"), "t@.service": service("each") });
    expect(story.file("t.service")).toBe(oneshot("true"));
    expect(story.file("t@.service")).toBe(service("each"));
    expect(await story.active("t.timer", "t.service")).toEqual(["active", "inactive"]);
    expect(story.host.status()?.units.map(({ name }) => name)).toEqual(["t.timer"]);
    await story.reach(["t.timer"], { "t.timer": timer, "t.service": oneshot("sleep 1") });
    expect(story.file("t.service")).toBe(oneshot("sleep 1"));
    expect(story.file("t@.service")).toBeUndefined();
    expect(story.host.status()?.drift).toBeUndefined();
    await story.reach([]);
    expect(story.file("t.service")).toBeUndefined();
    expect(story.jobs()).toEqual({ starts: [], stops: [] });
  });
});

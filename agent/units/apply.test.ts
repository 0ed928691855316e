// The units of one node, over fakes: which units start and stop, with which file and in which order, with the agent
// ended at every write on the way.
import { describe, expect, it } from "vitest";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import type { Fault } from "../../test/fakes/gate.ts";
import { CONTROLLER } from "../../test/fakes/world.ts";
import { FOLDER, NEW, OLD, oneshot, Scenario, service } from "../../test/fixtures/unit-scenario.ts";
import { TEXT_CACHE } from "./texts.ts";

/** Changes one list to another, with a fault on the way. */
async function change(fault?: Fault): Promise<Scenario & { calls?: number }> {
  const scenario = await Scenario.begin();
  const { host, world } = scenario;
  await scenario.reach(["a.service", "b.service", "o.service", "web.service"], OLD);
  expect(scenario.jobs()).toEqual({
    starts: ["a.service /bin/a1", "b.service /bin/b1", "o.service /bin/true"],
    stops: [],
  });
  await world.clock.advance(5_000);
  const before = host.calls;
  if (fault) host.fault = { ...fault, call: before + fault.call };
  await scenario.reach(["d.service", "web.service", "o.service", "b.service"], NEW);
  await world.clock.advance(60_000);
  expect(host.fault).toBeUndefined();
  host.calls -= before;
  return scenario;
}

async function demandNew(scenario: Scenario): Promise<void> {
  expect(scenario.host.status()?.units).toMatchObject([
    { name: "d.service", active: "active", file: hashOf(NEW["d.service"]) },
    { name: "web.service", active: "active" },
    { name: "o.service", active: "inactive", file: hashOf(NEW["o.service"]) },
    { name: "b.service", active: "active", file: hashOf(NEW["b.service"]) },
  ]);
  expect(scenario.host.status()?.units.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  expect(scenario.host.status()?.drift).toBeUndefined();
  expect(scenario.unit("web.service")).not.toHaveProperty("file");
  expect(["a.service", "b.service", "d.service"].map(name => scenario.file(name))).toEqual([
    undefined,
    NEW["b.service"],
    NEW["d.service"],
  ]);
  expect(await scenario.active("a.service")).toEqual(["inactive"]);
  const cached = await scenario.host.disk.names(TEXT_CACHE);
  expect(cached).toEqual(Object.values(NEW).map(hashOf).sort());
}

/** Each job once: stops with the old file in reverse order, starts with the new file in order. */
const JOBS = {
  starts: ["d.service /bin/d1", "o.service /bin/sleep 1", "b.service /bin/b2"],
  stops: ["b.service /bin/stop-b1", "a.service /bin/stop-a1"],
};

describe("a change of units", () => {
  it("stops in reverse with the old files, starts in order with the new ones, and touches no other unit", async () => {
    const scenario = await change();
    await demandNew(scenario);
    expect(scenario.jobs()).toEqual(JOBS);
    const [web] = await scenario.host.systemd.show(["web.service"]);
    expect(web?.begun).toBeLessThan((await scenario.host.systemd.show(["d.service"]))[0]?.begun ?? 0);
  });

  it("has the same result after a crash at every write, and no unit starts or stops twice", {
    timeout: 120_000,
  }, async () => {
    const { calls } = (await change()).host;
    expect(calls).toBeGreaterThan(15);
    for (let call = 1; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        const scenario = await change({ call, when, end: "crash" });
        try {
          await demandNew(scenario);
          expect(scenario.jobs()).toEqual(JOBS);
        } catch (cause) {
          throw new Error(`after a crash ${when} write ${call} of ${calls}`, { cause });
        }
      }
    }
  });

  it("has the same result after a loss of power at every write", { timeout: 120_000 }, async () => {
    const { calls } = (await change()).host;
    for (let call = 1; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        const scenario = await change({ call, when, end: "power" });
        await demandNew(scenario).catch(cause => {
          throw new Error(`after a loss of power ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });

  it("restarts nothing for another order, and stops in that order later", async () => {
    const scenario = await Scenario.begin();
    const { "a.service": a, "b.service": b } = OLD;
    await scenario.reach(["a.service", "b.service"], { "a.service": a, "b.service": b });
    scenario.jobs();
    await scenario.reach(["b.service", "a.service"], { "a.service": a, "b.service": b });
    expect(scenario.jobs()).toEqual({ starts: [], stops: [] });
    await scenario.reach([]);
    expect(scenario.jobs().stops).toEqual(["a.service /bin/stop-a1", "b.service /bin/stop-b1"]);
  });

  it("takes over a unit with the machine's own file, and leaves a unit alone that it never ran", async () => {
    const scenario = await Scenario.begin();
    const { host } = scenario;
    await host.disk.write(`${FOLDER}/a.service`, service("own"));
    await host.disk.write(`${FOLDER}/c.service`, service("unowned"));
    await host.systemd.start("a.service");
    await host.systemd.start("c.service");
    await scenario.reach(["a.service", "b.service"], OLD);
    expect(scenario.jobs().stops).toEqual(["a.service /bin/stop-own"]);
    await scenario.reach(["b.service"], { "b.service": OLD["b.service"] });
    expect(scenario.file("a.service")).toBeUndefined();
    expect(scenario.file("c.service")).toBe(service("unowned"));
    expect(await scenario.active("a.service", "c.service")).toEqual(["inactive", "active"]);
  });

  it("runs units with the machine's own files, and does not remove those files", async () => {
    const scenario = await Scenario.begin();
    await scenario.host.disk.write(`${FOLDER}/a.service`, service("own"));
    await scenario.reach(["a.service"]);
    await scenario.reach([]);
    expect(scenario.jobs()).toEqual({ starts: ["a.service /bin/own"], stops: ["a.service /bin/stop-own"] });
    expect(scenario.file("a.service")).toBe(service("own"));
  });

  it("continues from the state of an earlier version with fewer notes", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    await scenario.reach(["web.service", CONTROLLER]);
    await host.stop();
    const path = "/var/lib/swarmkeeper/state.json";
    const { started: _, written: __, drift: ___, ...old } = JSON.parse(host.disk.peek(path) ?? "{}");
    await host.disk.write(path, JSON.stringify(old));
    host.starts.splice(0);
    host.boot();
    await world.clock.advance(30_000);
    expect(host.starts).toEqual([]);
    await scenario.reach([CONTROLLER]);
    expect(scenario.file("web.service")).toBeUndefined();
  });
});

describe("an activated unit", () => {
  it("is placed with the listed unit, not started, changed on its own, and dropped with it", async () => {
    const scenario = await Scenario.begin();
    const timer = "[Timer]\nOnCalendar=daily\n";
    await scenario.reach(["t.timer"], {
      "t.timer": timer,
      "t.service": oneshot("true"),
      "t@.service": service("each"),
    });
    expect(scenario.file("t.service")).toBe(oneshot("true"));
    expect(scenario.file("t@.service")).toBe(service("each"));
    expect(await scenario.active("t.timer", "t.service")).toEqual(["active", "inactive"]);
    expect(scenario.host.status()?.units.map(({ name }) => name)).toEqual(["t.timer"]);
    await scenario.reach(["t.timer"], { "t.timer": timer, "t.service": oneshot("sleep 1") });
    expect(scenario.file("t.service")).toBe(oneshot("sleep 1"));
    expect(scenario.file("t@.service")).toBeUndefined();
    expect(scenario.host.status()?.drift).toBeUndefined();
    await scenario.reach([]);
    expect(scenario.file("t.service")).toBeUndefined();
    expect(scenario.jobs()).toEqual({ starts: [], stops: [] });
  });
});

// What a host does about texts that it cannot have, units that are not well, and what somebody did by hand.
import { describe, expect, it } from "vitest";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { clientUrl, keys } from "../../test/fakes/world.ts";
import { FOLDER, OLD, oneshot, Scenario, service } from "../../test/fixtures/unit-scenario.ts";

describe("a text", () => {
  it("that cannot be had leaves its unit as it is, and keeps the assignment from being reached", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    await scenario.reach(["a.service"], OLD);
    scenario.jobs();
    const text = service("a2");
    host.assign(
      scenario.order(["a.service", "b.service"], { "a.service": text, "b.service": service("b1") }, ["a.service"]),
    );
    await world.clock.advance(30_000);
    expect(host.status()).toMatchObject({ generation: 1, phase: "applying" });
    const where = keys.unitTexts.of(hashOf(text));
    expect(host.status()?.message).toBe(`unit a.service stays as it is: etcd has no text at ${where}`);
    expect(scenario.jobs()).toEqual({ starts: ["b.service /bin/b1"], stops: [] });
    scenario.put(hashOf(text), service("forged"));
    await world.clock.advance(30_000);
    expect(host.status()?.message).toMatch(/a\.service stays as it is: the text at .* is another: its hash is/);
    expect(scenario.unit("a.service")).toMatchObject({ active: "active", file: hashOf(OLD["a.service"]) });
    scenario.put(hashOf(text), text);
    await world.until(() => host.status()?.generation === 2, 60);
    expect(scenario.unit("a.service")).toMatchObject({ file: hashOf(text) });
  });

  it("is kept, so that a host without etcd starts what it last knew", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    await scenario.reach(["b.service", "o.service", "a.service"], OLD);
    host.assign(scenario.order(["b.service", "a.service"], { ...OLD, "a.service": service("a2") }, ["a.service"]));
    await world.clock.advance(5_000);
    const [voter] = world.etcd.state();
    if (voter) world.etcd.stopMember(voter.id);
    await host.disk.remove(`${FOLDER}/b.service`);
    scenario.jobs();
    await scenario.powerCycle();
    await world.clock.advance(60_000);
    expect(scenario.jobs().starts).toEqual(["b.service /bin/b1", "a.service /bin/a1"]);
    expect(await scenario.active("a.service", "b.service", "o.service")).toEqual(["active", "active", "inactive"]);
  });
});

describe("what is told of units", () => {
  it("is well for a oneshot that has finished, which runs once a boot", async () => {
    const scenario = await Scenario.begin();
    await scenario.reach(["o.service"], OLD);
    await scenario.world.clock.advance(900_000);
    expect(scenario.unit("o.service")).toMatchObject({ active: "inactive" });
    expect(scenario.unit("o.service")).not.toHaveProperty("problem");
    expect(scenario.jobs().starts).toEqual(["o.service /bin/true"]);
    await scenario.powerCycle();
    await scenario.world.clock.advance(60_000);
    expect(scenario.jobs().starts).toEqual(["o.service /bin/true"]);
  });

  it("says that a unit fails, for which the assignment is reached all the same", async () => {
    const scenario = await Scenario.begin();
    const texts = {
      "a.service": oneshot("false"),
      "b.service": service("false", "Restart=always", "RestartSec=200ms", "StartLimitIntervalSec=0"),
      "c.service": service("false", "Restart=always"),
    };
    await scenario.reach(Object.keys(texts), texts);
    await scenario.world.clock.advance(10_000);
    expect(scenario.host.status()?.message).toBeUndefined();
    expect(scenario.unit("a.service")?.problem?.reason).toBe("Failed");
    expect(scenario.unit("b.service")?.problem?.reason).toBe("CrashLoop");
    expect(scenario.unit("c.service")?.problem?.reason).toBe("Failed");
    await scenario.world.clock.advance(600_000);
    const tries = scenario.jobs().starts.filter(start => start.startsWith("a.service"));
    expect(tries.length).toBeGreaterThan(4);
    expect(tries.length).toBeLessThan(9);
    const healthy = { "a.service": oneshot("true"), "b.service": service("b"), "c.service": service("c") };
    await scenario.reach(Object.keys(healthy), healthy);
    await scenario.world.clock.advance(2_000);
    expect(scenario.host.status()?.units.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  });

  it("says that a check fails, within seconds of a change", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    host.checks.failing.set("tcp://127.0.0.1:80", "connect ECONNREFUSED");
    await scenario.reach(["a.service"], { "a.service": service("a", "[X-Swarmkeeper]", "Check=tcp://127.0.0.1:80") });
    await world.clock.advance(100);
    expect(scenario.unit("a.service")?.problem?.reason).toBe("CheckFailed");
    host.checks.failing.clear();
    await world.clock.advance(1_100);
    expect(scenario.unit("a.service")).not.toHaveProperty("problem");
    await world.clock.advance(60_000);
    host.systemd.crash("a.service");
    await world.clock.advance(5_100);
    expect(scenario.unit("a.service")).toMatchObject({ active: "failed", problem: { reason: "Failed" } });
  });

  it("is not told again where nothing has changed", async () => {
    const scenario = await Scenario.begin();
    await scenario.reach(["a.service", "o.service", "web.service"], OLD);
    await scenario.world.clock.advance(2_000);
    const written = scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision;
    const calls = scenario.host.calls;
    await scenario.world.clock.advance(300_000);
    expect(scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision).toBe(written);
    expect(scenario.host.calls).toBe(calls);
  });

  it("is told once where a unit is restarted for ever", async () => {
    const scenario = await Scenario.begin();
    const loop = service("false", "Restart=always", "RestartSec=200ms", "StartLimitIntervalSec=0");
    await scenario.reach(["a.service"], { "a.service": loop });
    await scenario.world.clock.advance(10_000);
    expect(scenario.unit("a.service")).toMatchObject({ problem: { reason: "CrashLoop" } });
    const written = scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision;
    await scenario.world.clock.advance(600_000);
    expect(scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision).toBe(written);
  });
});

describe("what somebody did by hand", () => {
  it("is put back at the next look, said once, and told", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    await scenario.reach(["a.service", "b.service", "o.service", "c.service"], { ...OLD, "c.service": service("c") });
    await world.clock.advance(60_000);
    scenario.jobs();
    await host.disk.write(`${FOLDER}/a.service`, service("hacked"));
    await host.disk.remove(`${FOLDER}/o.service`);
    await host.systemd.stop("b.service");
    scenario.jobs();
    const at = world.clock.now();
    await world.clock.advance(16_000);
    expect(scenario.jobs()).toEqual({
      starts: ["a.service /bin/a1", "b.service /bin/b1"],
      stops: ["a.service /bin/stop-a1"],
    });
    expect(["a.service", "o.service"].map(name => scenario.file(name))).toEqual([OLD["a.service"], OLD["o.service"]]);
    expect(host.status()?.drift).toMatchObject([
      { unit: "a.service", what: "its file was edited" },
      { unit: "b.service", what: "it was stopped, or ended by itself" },
      { unit: "o.service", what: "its file was deleted" },
    ]);
    expect(Date.parse(host.status()?.drift?.[0]?.at ?? "")).toBeGreaterThanOrEqual(at);
    await world.clock.advance(60_000);
    expect(host.status()?.drift).toHaveLength(3);
    expect(world.log.filter(line => line.includes("changed by hand"))).toHaveLength(3);
    expect(scenario.jobs()).toEqual({ starts: [], stops: [] });
  });

  it("is told of the last five times, also by the next agent", async () => {
    const scenario = await Scenario.begin();
    const { host, world } = scenario;
    await scenario.reach(["a.service"], OLD);
    for (let edit = 0; edit < 7; edit++) {
      await host.disk.write(`${FOLDER}/a.service`, service(`hacked${edit}`));
      await world.clock.advance(16_000);
    }
    expect(host.status()?.drift).toHaveLength(5);
    await host.stop();
    host.boot();
    await world.clock.advance(10_000);
    expect(host.status()?.drift).toHaveLength(5);
  });

  it("is none of what failed by itself", async () => {
    const scenario = await Scenario.begin();
    await scenario.reach(["a.service"], OLD);
    scenario.host.systemd.crash("a.service");
    await scenario.world.clock.advance(60_000);
    expect(await scenario.active("a.service")).toEqual(["active"]);
    expect(scenario.host.status()?.drift).toBeUndefined();
  });
});

it("the host's environment for units is written before they start, and restarts nothing", async () => {
  const scenario = await Scenario.begin();
  const { host, world } = scenario;
  await scenario.reach(["a.service"], OLD);
  const env = (endpoints: string) =>
    [
      "# Written by swarmkeeper-agent; changes made here are lost.",
      `NODE_ID=${host.id()}`,
      "NODE_NAME=h2",
      "NODE_IP=10.0.0.2",
      "NODE_ROLE=worker",
      `ETCD_ENDPOINTS=${endpoints}`,
      "SWARMKEEPER_PREFIX=/swarmkeeper",
      "",
    ].join("\n");
  expect(host.disk.peek("/etc/swarmkeeper/host.env")).toBe(env(clientUrl("10.0.0.1")));
  scenario.jobs();
  const endpoints = [clientUrl("10.0.0.1"), clientUrl("10.0.0.9")];
  host.assign({ ...scenario.order(["a.service"], OLD), etcd: { mode: "proxy", endpoints } });
  await world.until(() => host.status()?.generation === 2, 60);
  expect(host.disk.peek("/etc/swarmkeeper/host.env")).toBe(env(endpoints.join()));
  expect(scenario.jobs()).toEqual({ starts: [], stops: [] });
});

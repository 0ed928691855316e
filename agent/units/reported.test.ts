// Unit texts that are not available, the reports of unhealthy units, and manual changes of units on a node.
import { describe, expect, it } from "vitest";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { clientUrl, keys } from "../../test/fakes/world.ts";
import { FOLDER, OLD, oneshot, Scenario, service } from "../../test/fixtures/unit-scenario.ts";

describe("the text of a unit file", () => {
  it("leaves its unit unchanged and its assignment unapplied while it is not available", async () => {
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
    expect(host.status()?.reason).toBe("UnitTextNotFound");
    expect(host.status()?.message).toBe(`unit a.service stays unchanged: etcd has no text at ${where}`);
    expect(scenario.jobs()).toEqual({ starts: ["b.service /bin/b1"], stops: [] });
    scenario.put(hashOf(text), service("forged"));
    await world.clock.advance(30_000);
    expect(host.status()?.reason).toBe("UnitTextInvalid");
    expect(host.status()?.message).toMatch(/a\.service stays unchanged: the text at .* has another hash: /);
    expect(scenario.unit("a.service")).toMatchObject({ active: "active", file: hashOf(OLD["a.service"]) });
    scenario.put(hashOf(text), text);
    await world.until(() => host.status()?.generation === 2, 60);
    expect(scenario.unit("a.service")).toMatchObject({ file: hashOf(text) });
  });

  it("is cached, so that a node without etcd starts the units of its last assignment", async () => {
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

describe("the report of a unit", () => {
  it("is healthy for a oneshot that has finished, which runs once a boot", async () => {
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

  it("has the failure of a unit, although the assignment counts as applied", async () => {
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

  it("has a failing health check within seconds of a change", async () => {
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

  it("is not written again while nothing changes", async () => {
    const scenario = await Scenario.begin();
    await scenario.reach(["a.service", "o.service", "web.service"], OLD);
    await scenario.world.clock.advance(2_000);
    const written = scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision;
    const calls = scenario.host.calls;
    await scenario.world.clock.advance(300_000);
    expect(scenario.world.etcd.store.get(keys.nodeStatus.root + scenario.host.id())?.modRevision).toBe(written);
    expect(scenario.host.calls).toBe(calls);
  });

  it("is written once for a crash loop that does not end", async () => {
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

describe("a manual change of a unit", () => {
  it("is reverted at the next observation, logged once, and reported as drift", async () => {
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
    expect(world.log.filter(line => line.includes("changed manually"))).toHaveLength(3);
    expect(scenario.jobs()).toEqual({ starts: [], stops: [] });
  });

  it("stays in the status for the last five drifts, also after a restart of the agent", async () => {
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

  it("is not reported for a unit that failed by itself", async () => {
    const scenario = await Scenario.begin();
    await scenario.reach(["a.service"], OLD);
    scenario.host.systemd.crash("a.service");
    await scenario.world.clock.advance(60_000);
    expect(await scenario.active("a.service")).toEqual(["active"]);
    expect(scenario.host.status()?.drift).toBeUndefined();
  });
});

it("host.env is written before units start, and a change of it restarts none", async () => {
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

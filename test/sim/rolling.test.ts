// Rollouts over many hosts: never more of them down by our hand than the budget allows, whatever befalls hosts and
// controllers meanwhile; and once that is over, everyone runs what is asked for, and nobody writes any more.
import { describe, expect, it } from "vitest";
import { plan } from "../../controller/plan/plan.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../crd-like-specs/resources/role.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { setOf, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import { chance } from "./random.ts";
import { BAD, RollingHosts } from "./rolling-hosts.ts";

const text = (words: string) => `[Service]\nExecStart=/bin/${words}\n`;
const wanted = (world: RollingHosts) => (role: Role) => setOf(wantedBy(world.spec), role);
const settled = (world: RollingHosts) => () => world.settled();

function begun(workers: number, rollout: ConstructorParameters<typeof RollingHosts>[2] = {}, seed = 1): RollingHosts {
  const world = new RollingHosts(workers, chance(seed), rollout);
  world.until(settled(world));
  return world;
}

function idle(world: RollingHosts): void {
  for (let second = 0; second < 60; second++) expect(world.tick().filter(({ type }) => type !== "resign")).toEqual([]);
}

describe("a new unit", () => {
  it("goes to one canary first, then to as many at a time as may be unavailable, to all in the end", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 } });
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.tick();
    expect(world.rollout?.inFlight.map(({ name }) => name)).toEqual(["h10"]);
    world.until(() => (world.rollout?.updated ?? 0) > 0);
    expect(world.rollout?.inFlight).toHaveLength(3);
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    expect(world.told).toContain("all nodes run revision 2 of their units");
    idle(world);
  });

  it("goes to managers one at a time, after the workers", () => {
    const world = begun(2);
    const units = { "web.service": text("web") };
    world.put("worker", ["web.service"], units);
    world.put("manager", [...world.spec.units.manager, "web.service"], units);
    const changed: string[] = [];
    world.until(() => {
      for (const { name } of world.rollout?.inFlight ?? []) if (!changed.includes(name)) changed.push(name);
      return settled(world)();
    });
    expect(changed).toEqual(["h3", "h4", "h0", "h1", "h2"]);
    expect(world.broken).toEqual([]);
  });

  it("costs at most three writes a host, at ten percent of a thousand", () => {
    const world = begun(1_000, { maxUnavailable: { percent: 10 } });
    const { writes } = world;
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    expect((world.writes - writes) / 1_000).toBeLessThanOrEqual(3);
    expect(world.broken).toEqual([]);
  }, 120_000);
});

describe("a unit that says Drain=yes", () => {
  const draining = (words: string) => `${text(words)}[X-Swarmkeeper]\nDrain=yes\n`;

  it("changes on a host that its tasks have left, one host at a time; they come back when it is proven", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    world.tick();
    expect(world.rollout).toMatchObject({ draining: [{ name: "h3" }], inFlight: [] });
    expect(world.swarm.ours()).toEqual(["h3"]);
    expect(plan(world.world()).report).toMatchObject({
      waiting: [{ what: "h3", why: "its 3 swarm tasks are moved away before its units change" }],
      steps: [{ node: "h3", system: "swarm", text: "drain", why: "its units have Drain=yes" }, {}, {}, {}, {}, {}],
    });
    world.until(() => world.rollout?.inFlight.length === 1);
    expect(world.rollout?.inFlight).toMatchObject([{ name: "h3", drained: true }]);
    expect(world.swarm.isEmpty("h3")).toBe(true);
    world.until(settled(world));
    expect(world.swarm.ours()).toEqual([]);
    expect(world.broken).toEqual([]);
    idle(world);
  });

  it("drains nothing where it does not change, and where the change is an order alone", () => {
    const world = begun(2);
    const files = { "web.service": draining("web"), "side.service": text("side") };
    world.put("worker", ["web.service", "side.service"], files);
    world.until(settled(world));
    const drained = new Set<string>();
    const changed = new Set<string>();
    /** Until a node is drained, or all nodes run what is asked for. */
    const run = () =>
      world.until(() => {
        for (const { name } of world.rollout?.inFlight ?? []) changed.add(name);
        return world.swarm.ours().some(name => drained.add(name)) || settled(world)();
      });
    for (const units of [["side.service", "web.service"], ["web.service"]]) {
      changed.clear();
      world.put("worker", units, { ...files, "side.service": text("other") });
      run();
      expect([...changed]).toEqual(["h3", "h4"]);
    }
    expect([...drained]).toEqual([]);
    world.put("worker", ["side.service"], files);
    run();
    expect([...drained]).toEqual(["h3"]);
  });

  it("is given up while no host may be changed, and when the host is gone", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    world.tick();
    world.set({ paused: true });
    world.tick();
    expect([world.rollout?.draining, world.swarm.ours()]).toEqual([[], []]);
    world.set({ paused: false });
    world.tick();
    const gone = world.hosts.find(({ name }) => name === "h3");
    if (gone) Object.assign(gone, { alive: false });
    world.registrations.delete(gone?.id ?? nodeId("0"));
    world.tick();
    expect(world.rollout?.draining).toMatchObject([{ name: "h4" }]);
    expect(world.broken).toEqual([]);
  });

  it("changes all the same where its tasks do not leave in time, and that is told", () => {
    const world = begun(2, { healthyDeadlineSeconds: 60 });
    world.swarm.stuck.add("h3");
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    expect(world.until(() => world.rollout?.inFlight.length === 1)).toBeGreaterThanOrEqual(60);
    expect(world.told).toContain("h3 is changed although not all its tasks have ended");
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    expect(world.swarm.ours()).toEqual([]);
  });

  it("stays drained where it has failed", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining(BAD) });
    world.until(() => world.rollout?.halted !== undefined);
    expect(world.rollout?.failed).toMatchObject([{ name: "h3", drained: true }]);
    expect(world.swarm.ours()).toEqual(["h3"]);
    idle(world);
    world.put("worker", [], {});
    world.until(settled(world));
    expect(world.swarm.ours()).toEqual([]);
  });
});

describe("a unit that does not come up", () => {
  it("halts at the canary, and says why; another text takes over", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 } });
    world.put("worker", ["web.service"], { "web.service": text(BAD) });
    world.until(() => world.rollout?.halted !== undefined);
    expect(world.rollout).toMatchObject({ halted: expect.stringContaining("web.service: does not come up") });
    expect(world.hosts.filter(({ disturbed }) => disturbed)).toHaveLength(1);
    idle(world);
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    idle(world);
  });

  it("is taken back where the spec says so, and not tried again", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 }, onFailure: "revert" });
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    world.put("worker", ["web.service"], { "web.service": text(BAD) });
    world.tick();
    const lastGoodRevision = { units: ["web.service"], files: { "web.service": hashOf(text("web")) } };
    const back = (role: Role) => (role === "worker" ? lastGoodRevision : wanted(world)(role));
    world.until(() => world.rollout?.target === 2);
    world.until(() => world.unlike(back).length === 0 && world.rollout?.inFlight.length === 0);
    expect(world.rollout).toMatchObject({ revision: 3, target: 2, lastGoodRevision: 2 });
    expect(world.told).toContain("revision 3 is reverted: nodes return to revision 2");
    idle(world);
  });

  it("goes on when the operator says so", () => {
    const world = begun(4);
    const [, , , , canary] = world.hosts;
    world.put("worker", ["web.service"], { "web.service": text("web") });
    if (canary) for (const host of world.there("worker")) host.broken = true;
    world.until(() => world.rollout?.halted !== undefined);
    for (const host of world.hosts) host.broken = false;
    world.set({ retry: "mended" });
    // Nothing tells these agents to start it again; a real one puts back what has failed.
    for (const host of world.hosts) world.statuses.delete(host.id);
    world.until(settled(world));
    expect(world.broken).toEqual([]);
  });
});

it("a host that was away is skipped, not counted, and catches up when it is back", () => {
  const world = begun(5);
  const away = world.hosts[6];
  if (away) away.alive = false;
  for (let second = 0; second < 20; second++) world.tick();
  world.put("worker", ["web.service"], { "web.service": text("web") });
  world.until(settled(world));
  expect(world.rollout?.lastGoodRevision).toBe(2);
  if (away) away.alive = true;
  world.tick();
  world.until(settled(world));
  expect(world.unlike(wanted(world))).toEqual([]);
  expect(world.broken).toEqual([]);
});

it("a host that is gone after our change keeps its place in the budget", () => {
  const world = begun(6, { healthyDeadlineSeconds: 60, canary: 0 });
  world.put("worker", ["web.service"], { "web.service": text("web") });
  world.tick();
  const [entry] = world.rollout?.inFlight ?? [];
  const gone = world.hosts.find(({ id }) => id === entry?.node);
  if (gone) gone.alive = false;
  for (let second = 0; second < 200; second++) world.tick();
  expect(world.hosts.filter(({ disturbed }) => disturbed)).toEqual([gone]);
  expect(world.rollout?.halted).toContain("it has not been registered since its units were changed");
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "keeps its promises through a random history (%i)",
  seed => {
    const luck = chance(seed);
    const onFailure = luck.percent(50) ? "revert" : "pause";
    const maxUnavailable = luck.percent(50) ? { percent: luck.int(1, 30) } : { nodes: luck.int(1, 10) };
    const world = begun(
      luck.int(1, 120),
      { maxUnavailable, onFailure, canary: luck.int(0, 3), healthyDeadlineSeconds: 60 },
      seed,
    );
    for (let second = 0; second < 1_500; second++) {
      if (luck.percent(1)) {
        const words = luck.percent(40) ? `${BAD} ${second}` : `web ${second}`;
        const drain = luck.percent(50) ? "[X-Swarmkeeper]\nDrain=yes\n" : "";
        world.put("worker", ["web.service"], { "web.service": text(words) + drain });
      }
      if (luck.percent(0.5)) world.set({ paused: luck.percent(50) });
      if (luck.percent(0.5)) world.set({ retry: String(second) });
      const host = luck.pick(world.hosts);
      if (host && host.role === "worker" && luck.percent(5)) host.alive = !host.alive;
      if (host && luck.percent(2)) host.broken = !host.broken;
      if (host && luck.percent(1)) world.drain(host, luck.percent(50));
      if (host && luck.percent(0.5)) world.swarm.manually(host.name, luck.percent(50) ? "drain" : "active", world.now);
      world.tick(luck.percent(5));
    }
    for (const host of world.hosts) Object.assign(host, { alive: true, broken: false });
    for (const host of world.hosts) world.drain(host, false);
    world.set({ paused: false });
    world.put("worker", ["web.service"], { "web.service": text(`the last ${seed}`) });
    world.until(settled(world), 20_000);
    expect([...world.broken, ...world.swarm.broken]).toEqual([]);
    idle(world);
    expect(world.swarm.ours()).toEqual([]);
  },
  120_000,
);

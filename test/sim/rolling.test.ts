// Rollouts over many nodes: the rollout never makes more of them unavailable than the disruption budget allows, although
// nodes and controllers fail. Afterwards every node runs the units of the spec, and no program writes.
import { describe, expect, it } from "vitest";
import { plan } from "../../controller/plan/plan.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../crd-like-specs/resources/role.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { setOf, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import { chance } from "./random.ts";
import { BAD, RollingNodes } from "./rolling-nodes.ts";

const text = (words: string) => `[Service]\nExecStart=/bin/${words}\n`;
const wanted = (world: RollingNodes) => (role: Role) => setOf(wantedBy(world.spec), role);
const settled = (world: RollingNodes) => () => world.settled();

function begun(workers: number, rollout: ConstructorParameters<typeof RollingNodes>[2] = {}, seed = 1): RollingNodes {
  const world = new RollingNodes(workers, chance(seed), rollout);
  world.until(settled(world));
  return world;
}

function idle(world: RollingNodes): void {
  for (let second = 0; second < 60; second++) expect(world.tick().filter(({ type }) => type !== "resign")).toEqual([]);
}

describe("a new unit", () => {
  it("changes one canary first, then as many nodes at once as may be unavailable, and finally all", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 } });
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.tick();
    expect(world.rollout?.inFlight.map(({ name }) => name)).toEqual(["h10"]);
    world.until(() => (world.rollout?.updated ?? 0) > 0);
    expect(world.rollout?.inFlight).toHaveLength(3);
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    expect(world.events).toContain("RolloutCompleted revision-2");
    idle(world);
  });

  it("changes managers one at a time, after the workers", () => {
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

  it("costs at most three writes per node with max-unavailable 10% of 1000 nodes", () => {
    const world = begun(1_000, { maxUnavailable: { percent: 10 } });
    const { writes } = world;
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    expect((world.writes - writes) / 1_000).toBeLessThanOrEqual(3);
    expect(world.broken).toEqual([]);
  }, 120_000);
});

describe("a unit with Drain=yes", () => {
  const draining = (words: string) => `${text(words)}[X-Swarmkeeper]\nDrain=yes\n`;

  it("changes one node at a time after its tasks have left, and ends the drain when the node is updated", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    world.tick();
    expect(world.rollout).toMatchObject({ draining: [{ name: "h3" }], inFlight: [] });
    expect(world.swarm.drained()).toEqual(["h3"]);
    expect(plan(world.world()).report).toMatchObject({
      waiting: [{ what: "h3", reason: "Draining" }],
      steps: [{ node: "h3", system: "swarm", text: "drain" }, {}, {}, {}, {}, {}],
    });
    world.until(() => world.rollout?.inFlight.length === 1);
    expect(world.rollout?.inFlight).toMatchObject([{ name: "h3", drained: true }]);
    expect(world.swarm.isEmpty("h3")).toBe(true);
    world.until(settled(world));
    expect(world.swarm.drained()).toEqual([]);
    expect(world.broken).toEqual([]);
    idle(world);
  });

  it("drains no node if the unit does not change, or if only its position in the list changes", () => {
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
        return world.swarm.drained().some(name => drained.add(name)) || settled(world)();
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

  it("ends the drain while spec/rollout/paused is true and when the node is gone", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    world.tick();
    world.set({ paused: true });
    world.tick();
    expect([world.rollout?.draining, world.swarm.drained()]).toEqual([[], []]);
    world.set({ paused: false });
    world.tick();
    const gone = world.nodes.find(({ name }) => name === "h3");
    if (gone) Object.assign(gone, { alive: false });
    world.registrations.delete(gone?.id ?? nodeId("0"));
    world.tick();
    expect(world.rollout?.draining).toMatchObject([{ name: "h4" }]);
    expect(world.broken).toEqual([]);
  });

  it("changes a node whose tasks do not leave in time, and records an event", () => {
    const world = begun(2, { healthyDeadlineSeconds: 60 });
    world.swarm.stuck.add("h3");
    world.put("worker", ["web.service"], { "web.service": draining("web") });
    expect(world.until(() => world.rollout?.inFlight.length === 1)).toBeGreaterThanOrEqual(60);
    expect(world.events).toContain(`DrainTimedOut ${world.nodes[3]?.id}/revision-2`);
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    expect(world.swarm.drained()).toEqual([]);
  });

  it("leaves a node drained whose unit has failed", () => {
    const world = begun(3);
    world.put("worker", ["web.service"], { "web.service": draining(BAD) });
    world.until(() => world.rollout?.halted !== undefined);
    expect(world.rollout?.failed).toMatchObject([{ name: "h3", drained: true }]);
    expect(world.swarm.drained()).toEqual(["h3"]);
    idle(world);
    world.put("worker", [], {});
    world.until(settled(world));
    expect(world.swarm.drained()).toEqual([]);
  });
});

describe("a unit that does not come up", () => {
  it("halts at the canary with a reason, and a new text replaces the failed one", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 } });
    world.put("worker", ["web.service"], { "web.service": text(BAD) });
    world.until(() => world.rollout?.halted !== undefined);
    expect(world.rollout).toMatchObject({ halted: expect.stringContaining("web.service") });
    expect(world.nodes.filter(({ disturbed }) => disturbed)).toHaveLength(1);
    idle(world);
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    expect(world.broken).toEqual([]);
    idle(world);
  });

  it("is reverted if rollout/on-failure is revert, and not tried again", () => {
    const world = begun(10, { maxUnavailable: { nodes: 3 }, onFailure: "revert" });
    world.put("worker", ["web.service"], { "web.service": text("web") });
    world.until(settled(world));
    world.put("worker", ["web.service"], { "web.service": text(BAD) });
    world.tick();
    const lastGoodRevision = { units: ["web.service"], files: { "web.service": hashOf(text("web")) } };
    const back = (role: Role) => (role === "worker" ? lastGoodRevision : wanted(world)(role));
    world.until(() => world.rollout?.target === 2);
    world.until(() => world.differing(back).length === 0 && world.rollout?.inFlight.length === 0);
    expect(world.rollout).toMatchObject({ revision: 3, target: 2, lastGoodRevision: 2 });
    expect(world.events).toContain("RolloutReverted revision-3/revision-2");
    idle(world);
  });

  it("continues after rollout/retry is set", () => {
    const world = begun(4);
    const [, , , , canary] = world.nodes;
    world.put("worker", ["web.service"], { "web.service": text("web") });
    if (canary) for (const node of world.there("worker")) node.broken = true;
    world.until(() => world.rollout?.halted !== undefined);
    for (const node of world.nodes) node.broken = false;
    world.set({ retry: "fixed" });
    // These agents start nothing again by themselves. A real agent restarts a failed unit.
    for (const node of world.nodes) world.statuses.delete(node.id);
    world.until(settled(world));
    expect(world.broken).toEqual([]);
  });
});

it("skips an unavailable node without counting it, and the node catches up after its return", () => {
  const world = begun(5);
  const away = world.nodes[6];
  if (away) away.alive = false;
  for (let second = 0; second < 20; second++) world.tick();
  world.put("worker", ["web.service"], { "web.service": text("web") });
  world.until(settled(world));
  expect(world.rollout?.lastGoodRevision).toBe(2);
  if (away) away.alive = true;
  world.tick();
  world.until(settled(world));
  expect(world.differing(wanted(world))).toEqual([]);
  expect(world.broken).toEqual([]);
});

it("a node that disappears after its change still counts against the disruption budget", () => {
  const world = begun(6, { healthyDeadlineSeconds: 60, canary: 0 });
  world.put("worker", ["web.service"], { "web.service": text("web") });
  world.tick();
  const [entry] = world.rollout?.inFlight ?? [];
  const gone = world.nodes.find(({ id }) => id === entry?.node);
  if (gone) gone.alive = false;
  for (let second = 0; second < 200; second++) world.tick();
  expect(world.nodes.filter(({ disturbed }) => disturbed)).toEqual([gone]);
  expect(world.rollout?.halted).toBeDefined();
  expect(world.rollout?.failed).toMatchObject([{ reason: "NotRegistered" }]);
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "violates no invariant in a random rollout (%i)",
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
      const node = luck.pick(world.nodes);
      if (node && node.role === "worker" && luck.percent(5)) node.alive = !node.alive;
      if (node && luck.percent(2)) node.broken = !node.broken;
      if (node && luck.percent(1)) world.drain(node, luck.percent(50));
      if (node && luck.percent(0.5)) world.swarm.manually(node.name, luck.percent(50) ? "drain" : "active", world.now);
      world.tick(luck.percent(5));
    }
    for (const node of world.nodes) Object.assign(node, { alive: true, broken: false });
    for (const node of world.nodes) world.drain(node, false);
    world.set({ paused: false });
    world.put("worker", ["web.service"], { "web.service": text(`the last ${seed}`) });
    world.until(settled(world), 20_000);
    expect([...world.broken, ...world.swarm.broken]).toEqual([]);
    idle(world);
    expect(world.swarm.drained()).toEqual([]);
  },
  120_000,
);

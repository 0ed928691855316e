// Ended at every single external write, by a crash or a loss of power, agents must still come to one swarm, made once,
// with everybody in it.
import { describe, expect, it } from "vitest";
import type { Fault } from "../test/fakes/gate.ts";
import { CONTROLLER, FakeWorld, keys } from "../test/fakes/world.ts";

async function bootstrapped(
  size: { managers: number; workers: number },
  fault?: Fault & { host: string },
): Promise<FakeWorld> {
  const world = new FakeWorld(size);
  if (fault) world.node(fault.host).fault = fault;
  for (const host of world.nodes) host.boot();
  await world.until(() => world.ready(), 240);
  return world;
}

/** One swarm, made once, everybody in it, and quiet. */
async function demandOneSwarm(world: FakeWorld): Promise<void> {
  await world.clock.advance(10_000); // a fault at the very last write is still being mended
  await world.until(() => world.ready(), 120);
  expect(world.nodes.filter(host => host.fault)).toEqual([]);
  const record = world.record();
  const infos = await Promise.all(world.nodes.map(host => world.docker.engine(host.name).info()));
  const clusters = infos.flatMap(({ swarm }) => swarm.cluster ?? []);
  expect(record).toMatchObject({ state: "ready", id: clusters[0] });
  expect(new Set(clusters).size).toBe(1);
  expect(infos.every(({ swarm }) => swarm.state === "active")).toBe(true);
  expect(world.inits).toBe(1);
  expect(world.etcd.store.get(keys.workerToken)?.value).not.toBe("");
  await world.clock.advance(20_000);
  const before = world.etcd.store.revision;
  await world.clock.advance(120_000);
  expect(world.etcd.store.revision).toBe(before);
  expect(world.nodes.filter(host => host.status()?.phase === "rejected")).toEqual([]);
}

describe("a bootstrap", () => {
  it("comes to one swarm of all hosts, and then writes nothing more", async () => {
    const world = await bootstrapped({ managers: 3, workers: 2 });
    await demandOneSwarm(world);
    expect(world.etcd.store.get(keys.spec.of("managers"))?.value).toBe("1");
    const founder = world.nodes.find(host => host.status()?.generation === 1);
    expect(founder?.status()).toMatchObject({ phase: "running", units: [{ name: CONTROLLER, active: "active" }] });
    expect(world.log.join()).not.toContain(world.etcd.store.get(keys.workerToken)?.value);
  });

  const size = { managers: 1, workers: 1 };
  it.each(["crash", "power"] as const)("survives a %s of the first host at every write", async end => {
    const calls = (await bootstrapped(size)).node("h1").calls;
    expect(calls).toBeGreaterThan(15);
    for (let call = 1; call <= calls; call++) {
      for (const when of ["before", "after"] as const) {
        const world = await bootstrapped(size, { host: "h1", call, when, end });
        await demandOneSwarm(world).catch(cause => {
          throw new Error(`after a ${end} ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });
  it.each(["crash", "power"] as const)("survives a %s of a joining host at every write", async end => {
    const calls = (await bootstrapped(size)).node("h2").calls;
    for (let call = 1; call <= calls; call++) {
      for (const when of ["before", "after"] as const) {
        const world = await bootstrapped(size, { host: "h2", call, when, end });
        await demandOneSwarm(world).catch(cause => {
          throw new Error(`after a ${end} ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });
  it("has one winner among three managers, also when one of them dies on the way", async () => {
    const calls = (await bootstrapped({ managers: 3, workers: 0 })).node("h1").calls;
    for (let call = 1; call <= calls; call += 2) {
      const world = await bootstrapped({ managers: 3, workers: 0 }, { host: "h1", call, when: "after", end: "power" });
      await demandOneSwarm(world);
    }
  });
});

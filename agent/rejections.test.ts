// What an agent does not do, and how it says so: foreign swarms, foreign and lost data, versions that are too old.
// And its goodbye.
import { describe, expect, it } from "vitest";
import { clientUrl, type FakeNode, FakeWorld, MEMBER, PROXY, type WorldSize } from "../test/fakes/world.ts";
import { ETCD_DATA, STATE_PATH } from "./host/state.ts";

async function booted(
  size: WorldSize,
  prepare: (world: FakeWorld) => Promise<unknown> = async () => {},
): Promise<FakeWorld> {
  const world = new FakeWorld(size);
  await Promise.all([prepare(world), world.clock.advance(5_000)]);
  for (const host of world.nodes) host.boot();
  return world;
}

const rejected = (host: FakeNode) => () => host.status()?.phase === "rejected";
const infoOf = async (world: FakeWorld, host: string) => (await world.docker.engine(host).info()).swarm;

describe("a host is refused, and left as it is,", () => {
  it("when its docker is in a foreign swarm", async () => {
    const world = await booted({ managers: 1, workers: 1 }, ({ docker }) =>
      docker.engine("h2").initSwarm({ advertiseAddress: "10.0.0.2" }),
    );
    const host = world.node("h2");
    await world.until(() => world.record()?.state === "ready" && rejected(host)(), 60);
    await world.clock.advance(5_000);
    const [own, wanted] = [(await infoOf(world, "h2")).cluster, (await infoOf(world, "h1")).cluster];
    expect(host.status()?.message).toContain(`docker is in swarm ${own}, the cluster's swarm is ${wanted}`);
    // The way out that it names is one.
    const leaving = world.docker.engine("h2").leaveSwarm({ force: true });
    await world.clock.advance(1_000);
    await leaving;
    await world.until(() => world.ready(), 60);
  });

  it("when a swarm is there already that etcd knows nothing of", async () => {
    const world = await booted({ managers: 1, workers: 0 }, ({ docker }) =>
      docker.engine("h1").initSwarm({ advertiseAddress: "10.0.0.1" }),
    );
    await world.until(rejected(world.node("h1")), 60);
    expect(world.node("h1").status()?.message).toContain("etcd knows of none");
    expect(world.record()).toBeUndefined();
  });

  it("when etcd's data directory is not its own", async () => {
    const world = await booted({ managers: 3, workers: 0 }, ({ nodes: hosts }) =>
      Promise.all(hosts.slice(2).map(host => host.disk.write(`${ETCD_DATA}/member/wal`, "foreign"))),
    );
    const host = world.node("h3");
    await world.until(rejected(host), 60);
    expect(host.status()?.message).toContain("holds the data of an etcd that this agent did not start");
    expect(host.disk.peek(`${ETCD_DATA}/member/wal`)).toBe("foreign");
    expect(host.runsMember()).toBe(false);
  });

  it("when its etcd member's data is lost, until the member is removed and it is told so", async () => {
    const world = await booted({ managers: 3, workers: 0 });
    await world.until(() => world.ready(), 60);
    const host = world.node("h3");
    host.stop();
    host.cutPower();
    await world.clock.advance(10_000);
    await host.disk.remove(ETCD_DATA);
    host.restorePower();
    await world.until(rejected(host), 60);
    expect(host.status()?.message).toMatch(/its data is lost.*must be removed first \(etcdctl member remove/);
    expect(host.runsMember()).toBe(false);
    const lost = world.etcd.state().find(member => member.peerUrl.includes(host.address));
    if (!lost) throw new Error("the member is gone");
    await world.etcd.connect().membership.remove(lost.id);
    const endpoints = ["10.0.0.1", "10.0.0.2"].map(clientUrl);
    host.assign({ generation: 1, role: "worker", etcd: { mode: "proxy", endpoints, removed: lost.id }, units: [] });
    await world.until(() => host.status()?.phase === "running", 60);
    expect((await host.systemd.show([PROXY, MEMBER])).map(unit => unit.active)).toEqual(["active", "inactive"]);
  });

  it("when docker is too old, and says which is needed", async () => {
    const world = await booted({ managers: 1, workers: 1, engines: { h2: "19.03.15" } });
    await world.until(rejected(world.node("h2")), 60);
    expect(world.node("h2").status()?.message).toBe("docker 19.03.15 is too old: 20.10 or newer is needed");
    expect((await infoOf(world, "h2")).state).toBe("inactive");
  });

  it("when etcd is too old, and says which is needed", async () => {
    const world = await booted({ managers: 1, workers: 1 }, async ({ nodes: hosts }) => {
      hosts[1]?.disk.surroundings.versions.set("/usr/bin/etcd", "etcd Version: 3.3.25");
    });
    await world.until(rejected(world.node("h2")), 60);
    expect(world.node("h2").status()?.message).toMatch(/^etcd 3.3.25 is too old: 3.4 or newer is needed/);
  });

  it("when its state cannot be understood", async () => {
    const world = await booted({ managers: 1, workers: 0 }, ({ nodes: hosts }) =>
      Promise.all(hosts.map(host => host.disk.write(STATE_PATH, "{"))),
    );
    await world.clock.advance(1_000);
    expect(world.log.join()).toContain(`${STATE_PATH} is not JSON; restore it`);
  });

  it("says each thing once, and does not spin", async () => {
    const world = await booted({ managers: 1, workers: 1, engines: { h2: "19.03.15" } });
    await world.until(rejected(world.node("h2")), 60);
    await world.clock.advance(60_000);
    const lines = world.log.length;
    const revision = world.etcd.store.revision;
    await world.clock.advance(600_000);
    expect(world.log.slice(lines)).toEqual([]);
    expect(world.etcd.store.revision).toBe(revision);
  });
});

describe("the goodbye", () => {
  it("of a worker whose machine goes down: it leaves the swarm, and its registration is deleted", async () => {
    const world = await booted({ managers: 1, workers: 1 });
    await world.until(() => world.ready(), 60);
    const host = world.node("h2");
    const { node } = await infoOf(world, "h2");
    host.systemd.shutDown();
    host.stop();
    await world.clock.advance(2_000);
    expect(host.registered()).toBe(false);
    expect(host.status()).toMatchObject({ phase: "gone", left: [node], swarm: { state: "inactive" } });
    expect((await infoOf(world, "h2")).state).toBe("inactive");
    host.cutPower();
    host.restorePower();
    await world.until(() => world.ready(), 60);
    expect(host.status()?.left).toEqual([node]);
  });

  it("of a manager whose machine goes down: it stays in the swarm", async () => {
    const world = await booted({ managers: 1, workers: 1 });
    await world.until(() => world.ready(), 60);
    const host = world.node("h1");
    host.systemd.shutDown();
    host.stop();
    await world.clock.advance(2_000);
    expect(host.registered()).toBe(false);
    expect((await infoOf(world, "h1")).state).toBe("active");
  });

  it("is none when only the agent stops: everything stays as it is", async () => {
    const world = await booted({ managers: 1, workers: 1 });
    await world.until(() => world.ready(), 60);
    const host = world.node("h2");
    const status = host.status();
    host.stop();
    await world.clock.advance(5_000);
    expect(host.registered()).toBe(true);
    host.boot();
    await world.clock.advance(60_000);
    expect(host.registered()).toBe(true);
    expect(host.status()).toEqual(status);
    expect((await infoOf(world, "h2")).state).toBe("active");
  });

  it("is over in ten seconds, whatever does not answer", async () => {
    const world = await booted({ managers: 1, workers: 1 });
    await world.until(() => world.ready(), 60);
    const [voter] = world.etcd.state();
    if (voter) world.etcd.stopMember(voter.id);
    const host = world.node("h2");
    host.systemd.shutDown();
    const began = world.clock.monotonic();
    const ended = host.stop();
    await world.clock.advance(10_000);
    await ended;
    expect(world.clock.monotonic() - began).toBeLessThanOrEqual(10_000);
  });
});

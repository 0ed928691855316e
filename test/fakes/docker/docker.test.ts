import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Docker, SwarmNode } from "../../../drivers/docker/port.ts";
import { counted } from "../../fixtures/count-values.ts";
import { type FakeClock, fakeClock } from "../clock/clock.ts";
import { FakeDocker } from "./docker.ts";

let clock: FakeClock;
let world: FakeDocker;

beforeEach(() => {
  clock = fakeClock();
  world = new FakeDocker(clock);
});

afterEach(() => {
  world.close();
});

/** The result of a call, after as much time as it takes. */
async function pass<T>(call: Promise<T>): Promise<T> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  call.then(end, end);
  await clock.until(() => settled, 120_000);
  return call;
}

/** A swarm of h1 … hN, the first `managers` of them managers, h1 leading. */
async function swarm(size: number, managers: number): Promise<{ engines: Docker[]; ids: SwarmNodeId[] }> {
  const names = Array.from({ length: size }, (_, index) => `h${index + 1}`);
  for (const name of names) world.add(name);
  const engines = names.map(name => world.engine(name));
  const [first, ...others] = engines;
  if (first === undefined) throw new Error("a swarm needs an engine");
  const ids = [await pass(first.initSwarm({ advertiseAddress: world.address("h1") }))];
  const { workerToken: token } = await first.inspectSwarm();
  for (const [index, engine] of others.entries()) {
    const remotes = [`${world.address("h1")}:2377`];
    await pass(engine.joinSwarm({ remotes, token, advertiseAddress: world.address(`h${index + 2}`) }));
    const { node } = (await engine.info()).swarm;
    if (node !== undefined) ids.push(node);
  }
  for (const id of ids.slice(1, managers)) {
    await first.setRole(id, "manager");
    await clock.advance(1_000);
  }
  return { engines, ids };
}

/** "h1:leader h2:reachable h3:worker:down", as this engine lists them. */
async function viewOf(engine: Docker): Promise<string> {
  return (await engine.nodes()).map(describeNode).join(" ");
}

function describeNode({ hostname, role, state, manager }: SwarmNode): string {
  const raft = manager ? (manager.leader ? "leader" : manager.reachable ? "reachable" : "unreachable") : `(${role})`;
  return [hostname, raft, ...(state === "ready" ? [] : [state])].join(":");
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
}

describe("a swarm of the twin", () => {
  it("goes down slowly and comes back faster", async () => {
    const { engines } = await swarm(3, 1);
    const h1 = at(engines, 0);
    world.kill("h3");
    await clock.advance(9_900);
    expect(await viewOf(h1)).toBe("h1:leader h2:(worker) h3:(worker)");
    await clock.advance(200);
    expect(await viewOf(h1)).toBe("h1:leader h2:(worker) h3:(worker):down");
    world.start("h3");
    expect((await at(engines, 2).info()).swarm.state).toBe("active");
    await clock.advance(3_600);
    expect(await viewOf(h1)).toBe("h1:leader h2:(worker) h3:(worker)");
  });

  it("hands over before its leader is demoted", async () => {
    const { engines, ids } = await swarm(3, 3);
    await at(engines, 0).setRole(at(ids, 0), "worker");
    await clock.advance(200);
    expect(await viewOf(at(engines, 1))).toBe("h1:(worker):unknown h2:leader:unknown h3:reachable:unknown");
    await clock.advance(200);
    expect(await viewOf(at(engines, 1))).toBe("h1:(worker) h2:leader h3:reachable");
    await expect(at(engines, 0).nodes()).rejects.toMatchObject({ kind: "not-a-manager" });
  });

  it("takes long to promote what was demoted a moment ago", async () => {
    const { engines, ids } = await swarm(3, 2);
    const [h1, second] = [at(engines, 0), at(ids, 1)];
    await h1.setRole(second, "worker");
    await clock.advance(300);
    await h1.setRole(second, "manager");
    await clock.advance(28_000);
    expect(await viewOf(h1)).toBe("h1:leader h2:(manager) h3:(worker)");
    await clock.advance(2_000);
    expect(await viewOf(h1)).toBe("h1:leader h2:reachable h3:(worker)");
  });

  it("takes long to promote while a lost leader's address is still dialled", async () => {
    const { engines, ids } = await swarm(4, 3);
    world.kill("h1");
    const h2 = at(engines, 1);
    await clock.advance(16_000);
    await h2.setRole(at(ids, 0), "worker");
    await h2.setRole(at(ids, 3), "manager");
    await clock.advance(20_000);
    expect((await h2.nodes()).at(3)?.manager).toBeUndefined();
    await clock.advance(10_000);
    expect((await h2.nodes()).at(3)?.manager).toBeDefined();
  });

  it("lets a call wait for the election", async () => {
    const { engines } = await swarm(3, 3);
    world.kill("h1");
    const start = clock.monotonic();
    expect(await pass(viewOf(at(engines, 1)))).toBe("h1:unreachable:unknown h2:leader:unknown h3:reachable:unknown");
    expect(clock.monotonic() - start).toBeGreaterThan(10_000);
  });

  it("splits: the minority loses its leader, the majority goes on, and all find together again", async () => {
    const { engines } = await swarm(3, 3);
    const [h1, h2] = [at(engines, 0), at(engines, 1)];
    world.isolate("h1");
    await clock.advance(5_000);
    expect(await viewOf(h1)).toBe("h1:leader h2:unreachable h3:unreachable");
    await clock.advance(25_000);
    await expect(h1.nodes()).rejects.toMatchObject({ kind: "no-leader" });
    expect(await viewOf(h2)).toMatch(/^h1:unreachable\S* h2:leader h3:reachable$/);
    world.heal();
    await clock.advance(10_000);
    expect(await viewOf(h1)).toBe("h1:reachable h2:leader h3:reachable");
  });

  it("drops what a lost leader could not commit, when another leads", async () => {
    const { engines, ids } = await swarm(4, 3);
    world.isolate("h1");
    const lost = expect(pass(at(engines, 0).setRole(at(ids, 3), "manager"))).rejects.toMatchObject({
      kind: "leader-lost",
    });
    await lost;
    await clock.advance(30_000);
    world.heal();
    await clock.advance(30_000);
    expect((await at(engines, 1).nodes()).at(3)).toMatchObject({ role: "worker", manager: undefined });
  });

  it("evicts a member whose record was removed while it was demoted", async () => {
    const { engines, ids } = await swarm(3, 3);
    world.kill("h3");
    await clock.advance(12_000);
    const h1 = at(engines, 0);
    await h1.setRole(at(ids, 2), "worker");
    await h1.removeNode(at(ids, 2), { force: false });
    await clock.advance(300);
    expect(await viewOf(h1)).toBe("h1:leader h2:reachable");
    expect((await h1.info()).swarm.remoteManagers).toHaveLength(2);
  });

  it("keeps two swarms apart, tokens and all", async () => {
    const { engines } = await swarm(1, 1);
    world.add("x1");
    world.add("x2");
    const other = world.engine("x1");
    await pass(other.initSwarm({ advertiseAddress: world.address("x1") }));
    const { id, workerToken: token } = await other.inspectSwarm();
    expect(id).not.toBe((await at(engines, 0).inspectSwarm()).id);
    const remotes = [`${world.address("h1")}:2377`];
    const join = pass(world.engine("x2").joinSwarm({ remotes, token, advertiseAddress: world.address("x2") }));
    await expect(join).rejects.toMatchObject({ kind: "bad-token" });
  });

  it("goes on joining when the caller has given up on a leader that does not answer", async () => {
    const { engines } = await swarm(2, 2);
    const { workerToken: token } = await at(engines, 0).inspectSwarm();
    world.kill("h2");
    world.add("h3");
    const h3 = world.engine("h3");
    const remotes = [`${world.address("h1")}:2377`];
    const join = h3.joinSwarm({ remotes, token, advertiseAddress: world.address("h3") });
    const pending = expect(join).rejects.toMatchObject({ kind: "join-pending" });
    await clock.advance(1_000);
    expect((await h3.info()).swarm.state).toBe("pending");
    await clock.advance(21_000);
    await pending;
    world.start("h2");
    await clock.advance(10_000);
    expect((await h3.info()).swarm.state).toBe("active");
    expect(await viewOf(at(engines, 0))).toContain("h3:(worker)");
  });

  it("does nothing more when nothing happens", async () => {
    const { engines, ids } = await swarm(3, 3);
    const events = counted(at(engines, 0).nodeEvents());
    expect(events.count()).toBe(1);
    expect(clock.sleepers()).toBe(0);
    await at(engines, 0).setRole(at(ids, 1), "manager");
    await clock.advance(60_000);
    expect(events.count()).toBe(1);
  });
});

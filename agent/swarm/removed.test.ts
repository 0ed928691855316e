// A replaced manager comes back with its old data and its old assignment. It proves both removals by a quorum, gives up
// both memberships and becomes a worker of the same swarm. The agent is ended at every write on the way.
import { describe, expect, it } from "vitest";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Fault } from "../../test/fakes/gate.ts";
import { clientUrl, type FakeNode, FakeWorld, keys, MEMBER, PROXY } from "../../test/fakes/world.ts";

const swarmOf = async (world: FakeWorld, host: string) => (await world.docker.engine(host).info()).swarm;

/** A call on the world's own clock. */
async function done<T>(world: FakeWorld, call: Promise<T>): Promise<T> {
  let over = false;
  const settled = call.finally(() => {
    over = true;
  });
  settled.catch(() => {});
  await world.until(() => over, 60);
  return settled;
}

interface Scene {
  readonly world: FakeWorld;
  readonly removed: FakeNode;
  readonly survivor: FakeNode;
  /** The swarm node that `removed` was. */
  readonly node: SwarmNodeId;
  /** Removes the node from both rafts, as the leader does with a dead manager. */
  remove(): Promise<Assignment>;
}

/** Three managers in both rafts. One of them, not the founder, is about to be lost. */
async function threeManagers(): Promise<Scene> {
  const world = new FakeWorld({ managers: 3, workers: 0 });
  for (const host of world.nodes) host.boot();
  await world.until(() => world.ready(), 60);
  const founder = world.nodes.find(host => host.status()?.generation === 1);
  const others = world.nodes.filter(host => host !== founder);
  const [removed] = others;
  if (!founder || !removed) throw new Error("no node has made the swarm");
  const docker = world.docker.engine(founder.name);
  for (const { name } of others) {
    const { node } = await swarmOf(world, name);
    if (node === undefined) throw new Error(`${name} is in no swarm`);
    await done(world, docker.setRole(node, "manager"));
  }
  await world.clock.advance(10_000);
  const { node, control } = await swarmOf(world, removed.name);
  if (node === undefined || !control) throw new Error(`${removed.name} is no manager`);
  const member = world.etcd.state().find(one => one.peerUrl.includes(removed.address))?.id;
  if (member === undefined) throw new Error(`${removed.name} is no etcd member`);
  const remove = async (): Promise<Assignment> => {
    await done(world, world.etcd.connect([clientUrl(founder.address)]).membership.remove(member));
    await done(world, docker.setRole(node, "worker"));
    await world.clock.advance(1_000);
    await done(world, docker.removeNode(node, { force: true }));
    const endpoints = world.etcd.state().flatMap(one => one.clientUrls);
    const etcd = { mode: "proxy" as const, endpoints, removed: member };
    return { generation: 2, role: "worker", etcd, units: [], swarmRemoved: node };
  };
  return { world, removed, survivor: founder, node, remove };
}

const restarted = ({ world, removed }: Scene, away = 10_000) => {
  removed.stop();
  removed.cutPower();
  return world.clock.advance(away);
};

/** Asserts a worker of the same swarm under a new id, with an etcd proxy. */
async function demandWorker({ world, removed, survivor, node }: Scene): Promise<void> {
  const now = async () => (await swarmOf(world, removed.name)).node;
  await world.until(() => removed.settled() && removed.status()?.generation === 2, 180);
  await world.clock.advance(30_000);
  expect(removed.status()).toMatchObject({ phase: "running", etcd: { mode: "proxy" }, swarm: { state: "active" } });
  expect(await now()).not.toBe(node);
  expect(removed.status()?.swarm.node).toBe(await now());
  const nodes = await world.docker.engine(survivor.name).nodes();
  const mine = nodes.filter(({ hostname }) => hostname === removed.name);
  expect(mine).toMatchObject([{ id: await now(), role: "worker", state: "ready" }]);
  expect((await removed.systemd.show([PROXY, MEMBER])).map(unit => unit.active)).toEqual(["active", "inactive"]);
  expect(removed.hasData()).toBe(false);
}

async function replaced(fault?: Fault): Promise<Scene> {
  const scene = await threeManagers();
  await restarted(scene);
  scene.removed.assign(await scene.remove());
  const before = scene.removed.calls;
  if (fault) scene.removed.fault = { ...fault, call: before + fault.call };
  scene.removed.restorePower();
  await demandWorker(scene);
  expect(scene.removed.fault).toBeUndefined();
  scene.removed.calls -= before;
  return scene;
}

describe("a removed manager", () => {
  it("comes back as a worker of the same swarm, under a new id", async () => {
    await replaced();
  });

  it.each([
    ["crash", 1],
    ["power", 2],
  ] as const)("comes back as a worker despite a fault (%s) at every other write", async (end, first) => {
    const { calls } = (await replaced()).removed;
    expect(calls).toBeGreaterThan(8);
    for (let call: number = first; call <= calls; call += 2) {
      for (const when of ["before", "after"] as const) {
        await replaced({ call, when, end }).catch(cause => {
          throw new Error(`after a ${end} ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });

  it("becomes a worker after its agent and docker were isolated while it was removed", async () => {
    const scene = await threeManagers();
    const { world, removed } = scene;
    world.docker.isolate(removed.name);
    await world.clock.advance(15_000);
    const assignment = await scene.remove();
    world.docker.heal();
    removed.assign(assignment);
    await demandWorker(scene);
  });

  it("keeps its memberships until it has an assignment and a quorum confirms the removal", async () => {
    const scene = await threeManagers();
    const { world, removed, node } = scene;
    await restarted(scene);
    const assignment = await scene.remove();
    // An assignment on disk proves nothing.
    const path = "/var/lib/swarmkeeper/state.json";
    const state = JSON.parse(removed.disk.peek(path) ?? "{}");
    await removed.disk.write(path, JSON.stringify({ ...state, assignment: { ...state.assignment, ...assignment } }));
    removed.restorePower();
    await world.clock.advance(60_000);
    expect(await swarmOf(world, removed.name)).toMatchObject({ node, control: false });
    const assigned = () => world.etcd.store.get(`${keys.assignments.root}${removed.id()}`) !== undefined;
    expect(assigned()).toBe(false);
    // The key is written, and etcd loses its quorum before the agent reads it.
    removed.assign(assignment);
    await world.until(assigned, 1);
    const [voter] = world.etcd.state();
    if (voter) world.etcd.stopMember(voter.id);
    await world.clock.advance(60_000);
    expect(await swarmOf(world, removed.name)).toMatchObject({ node });
    if (voter) world.etcd.startMember(voter.id);
    await demandWorker(scene);
  });
});

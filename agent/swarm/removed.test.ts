// A manager that the cluster has replaced comes back, with its old data and its old assignment: it proves both removals
// by a quorum, gives up both memberships, and is a worker of the same swarm; ended at every write on the way.
import { describe, expect, it } from "vitest";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Assignment } from "../../crd-like-specs/resources/resources.ts";
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
  readonly gone: FakeNode;
  readonly survivor: FakeNode;
  /** The swarm node that `gone` was. */
  readonly node: SwarmNodeId;
  /** Does what the leader does about a manager that is dead: both rafts let go of it. */
  remove(): Promise<Assignment>;
}

/** Three managers in both rafts; one of them, not the founder, is about to be lost. */
async function threeManagers(): Promise<Scene> {
  const world = new FakeWorld({ managers: 3, workers: 0 });
  for (const host of world.nodes) host.boot();
  await world.until(() => world.ready(), 60);
  const founder = world.nodes.find(host => host.status()?.generation === 1);
  const others = world.nodes.filter(host => host !== founder);
  const [gone] = others;
  if (!founder || !gone) throw new Error("nobody has made the swarm");
  const docker = world.docker.engine(founder.name);
  for (const { name } of others) {
    const { node } = await swarmOf(world, name);
    if (node === undefined) throw new Error(`${name} is in no swarm`);
    await done(world, docker.setRole(node, "manager"));
  }
  await world.clock.advance(10_000);
  const { node, control } = await swarmOf(world, gone.name);
  if (node === undefined || !control) throw new Error(`${gone.name} is no manager`);
  const member = world.etcd.state().find(one => one.peerUrl.includes(gone.address))?.id;
  if (member === undefined) throw new Error(`${gone.name} is no etcd member`);
  const remove = async (): Promise<Assignment> => {
    await done(world, world.etcd.connect([clientUrl(founder.address)]).membership.remove(member));
    await done(world, docker.setRole(node, "worker"));
    await world.clock.advance(1_000);
    await done(world, docker.removeNode(node, { force: true }));
    const endpoints = world.etcd.state().flatMap(one => one.clientUrls);
    const etcd = { mode: "proxy" as const, endpoints, removed: member };
    return { generation: 2, role: "worker", etcd, units: [], swarmRemoved: node };
  };
  return { world, gone, survivor: founder, node, remove };
}

const restarted = ({ world, gone }: Scene, away = 10_000) => {
  gone.stop();
  gone.cutPower();
  return world.clock.advance(away);
};

/** A worker of the same swarm under a new id, its etcd a proxy. */
async function demandWorker({ world, gone, survivor, node }: Scene): Promise<void> {
  const now = async () => (await swarmOf(world, gone.name)).node;
  await world.until(() => gone.settled() && gone.status()?.generation === 2, 180);
  await world.clock.advance(30_000);
  expect(gone.status()).toMatchObject({ phase: "running", etcd: { mode: "proxy" }, swarm: { state: "active" } });
  expect(await now()).not.toBe(node);
  expect(gone.status()?.swarm.node).toBe(await now());
  const nodes = await world.docker.engine(survivor.name).nodes();
  const mine = nodes.filter(({ hostname }) => hostname === gone.name);
  expect(mine).toMatchObject([{ id: await now(), role: "worker", state: "ready" }]);
  expect((await gone.systemd.show([PROXY, MEMBER])).map(unit => unit.active)).toEqual(["active", "inactive"]);
  expect(gone.hasData()).toBe(false);
}

async function replaced(fault?: Fault): Promise<Scene> {
  const scene = await threeManagers();
  await restarted(scene);
  scene.gone.assign(await scene.remove());
  const before = scene.gone.calls;
  if (fault) scene.gone.fault = { ...fault, call: before + fault.call };
  scene.gone.restorePower();
  await demandWorker(scene);
  expect(scene.gone.fault).toBeUndefined();
  scene.gone.calls -= before;
  return scene;
}

describe("a manager that has been removed", () => {
  it("comes back as a worker of the same swarm, under a new id", async () => {
    await replaced();
  });

  it.each([
    ["crash", 1],
    ["power", 2],
  ] as const)("does so over a %s at every other write", async (end, first) => {
    const { calls } = (await replaced()).gone;
    expect(calls).toBeGreaterThan(8);
    for (let call: number = first; call <= calls; call += 2) {
      for (const when of ["before", "after"] as const) {
        await replaced({ call, when, end }).catch(cause => {
          throw new Error(`after a ${end} ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });

  it("does so where its agent and its docker have run on, cut off", async () => {
    const scene = await threeManagers();
    const { world, gone } = scene;
    world.docker.isolate(gone.name);
    await world.clock.advance(15_000);
    const assignment = await scene.remove();
    world.docker.heal();
    gone.assign(assignment);
    await demandWorker(scene);
  });

  it("keeps what it is until it is told, and while the word of a quorum cannot be had", async () => {
    const scene = await threeManagers();
    const { world, gone, node } = scene;
    await restarted(scene);
    const assignment = await scene.remove();
    // What the disk says counts as nothing.
    const path = "/var/lib/swarmkeeper/state.json";
    const state = JSON.parse(gone.disk.peek(path) ?? "{}");
    await gone.disk.write(path, JSON.stringify({ ...state, assignment: { ...state.assignment, ...assignment } }));
    gone.restorePower();
    await world.clock.advance(60_000);
    expect(await swarmOf(world, gone.name)).toMatchObject({ node, control: false });
    const assigned = () => world.etcd.store.get(`${keys.assignments.root}${gone.id()}`) !== undefined;
    expect(assigned()).toBe(false);
    // Assigned, and etcd loses its quorum before the host has looked.
    gone.assign(assignment);
    await world.until(assigned, 1);
    const [voter] = world.etcd.state();
    if (voter) world.etcd.stopMember(voter.id);
    await world.clock.advance(60_000);
    expect(await swarmOf(world, gone.name)).toMatchObject({ node });
    if (voter) world.etcd.startMember(voter.id);
    await demandWorker(scene);
  });
});

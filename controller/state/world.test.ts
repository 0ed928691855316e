// The facts that planners share, as worldOf derives them.
import { describe, expect, it } from "vitest";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import { worldOf } from "./world.ts";

const converged = (): InstantCluster => {
  const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  return model;
};

/** Node 3 is dead, and its replacement has begun. */
function replacing(): InstantCluster {
  const model = converged();
  model.kill(3);
  model.round();
  model.now += 60_000;
  model.round();
  return model;
}

it("worldOf gives no world where a raft could not be observed", () => {
  const input = converged().input();
  expect(worldOf(input)).toBeDefined();
  expect(
    worldOf({ ...input, swarm: { known: false, reason: "NoAnswer", why: "no answer", since: input.now } }),
  ).toBeUndefined();
  expect(
    worldOf({ ...input, etcd: { known: false, reason: "NoAnswer", why: "no answer", since: input.now } }),
  ).toBeUndefined();
});

describe("an unreachable manager", () => {
  it("has the ids of both rafts, and is dead once its grace has ended", () => {
    const model = converged();
    model.kill(3);
    model.round();
    const ref = { node: idOf(3), name: "h3", address: "10.0.0.3", member: "a3", swarmNode: "s3" };
    expect(model.world().unreachable).toMatchObject([{ ref, dead: false }]);
    model.now += 60_000;
    expect(model.world().unreachable).toMatchObject([{ ref, dead: true }]);
  });

  it("counts as removed once neither raft lists it", () => {
    const model = replacing();
    expect(model.operation?.replaces?.name).toBe("h3");
    while (model.members.has(3) || model.swarmNodes.has(3)) {
      expect([...model.world().removed]).toEqual([]);
      model.round();
    }
    expect([...model.world().removed]).toEqual([idOf(3)]);
  });
});

describe("the manager lock", () => {
  it("is free in a converged cluster, and held by the operation in progress", () => {
    expect(converged().world().managerLock).toBeUndefined();
    expect(replacing().world().managerLock).toMatchObject({ holder: "membership" });
  });

  it("is held by Vault while a peer is changed", () => {
    const model = converged();
    const vault = { ...model.spec.vault, enabled: true };
    model.spec = { ...model.spec, vault };
    model.converge();
    for (const n of [1, 2, 3]) model.setVault(n, n === 1 ? "active" : "standby");
    model.spec = { ...model.spec, vault: { ...vault, image: "vault:2" } };
    expect(model.world().managerLock).toBeUndefined();
    model.round();
    expect(model.world().managerLock).toEqual({
      holder: "vault",
      reason: expect.stringMatching(/^the change of Vault/),
    });
  });
});

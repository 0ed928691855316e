// Manual changes of a running cluster: keys that are deleted or overwritten, members and managers that are changed with
// etcdctl and docker. The cluster restores everything and creates nothing twice.
import { afterEach, describe, expect, it } from "vitest";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { keys } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";
import { expectIdle, leading, manually, threeManagers, untilStep } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

const nodeIdOf = (name: string) => nodeId(cluster.node(name).id());

describe("a key that is deleted manually", () => {
  it("creates no second swarm after the swarm record was deleted, even without a leader", async () => {
    cluster = new Cluster({ managers: 3, workers: 1 });
    cluster.node("h3").cutPower();
    await cluster.until(() => cluster.record()?.state === "ready", 120);
    await cluster.put("paused", "true"); // so that the leader does not write it again
    await manually(cluster, { delete: keys.swarm });
    cluster.node("h3").restorePower();
    await cluster.until(() => cluster.node("h3").status()?.message?.includes("its record") === true, 60);
    expect(cluster.inits).toBe(1);
    await cluster.put("paused", "false");
    await cluster.until(() => cluster.ready(), 120);
    expect(cluster.inits).toBe(1);
  });

  it("writes a registration or a node status again after it was deleted", async () => {
    cluster = await threeManagers();
    const deleted = [keys.nodes.of(nodeIdOf("h4")), keys.nodeStatus.of(nodeIdOf("h2"))];
    await manually(cluster, ...deleted.map(key => ({ delete: key })));
    await cluster.until(() => deleted.every(key => cluster.etcd.store.get(key) !== undefined), 90);
    await expectIdle(cluster);
  });

  it("finishes an operation whose key was deleted", async () => {
    cluster = await threeManagers();
    await cluster.put("managers", "5");
    await untilStep(cluster, "swarm-promote");
    await manually(cluster, { delete: keys.operation });
    await cluster.untilManagers(5);
    await expectIdle(cluster);
  });
});

it("overwrites invalid values of the programs' keys", async () => {
  cluster = await threeManagers();
  const [manager, worker] = [nodeIdOf("h2"), nodeIdOf("h4")];
  const overwritten = [
    ...[keys.operation, keys.swarm, keys.workerToken, keys.clusterStatus, keys.specStatus.of("managers")],
    ...[keys.assignments.of(manager), keys.nodeStatus.of(manager), keys.assignments.of(worker), keys.nodes.of(worker)],
  ];
  await manually(cluster, ...overwritten.map(put => ({ put, value: '{"a":1}' })));
  await cluster.put("managers", "5");
  await cluster.untilManagers(5);
  await expectIdle(cluster);
});

describe("a manager", () => {
  const neitherLeads = () =>
    cluster.nodes.slice(1, 3).find(host => {
      const member = cluster.etcd.state().find(({ peerUrl }) => peerUrl.includes(`//${host.address}:`));
      return host !== leading(cluster) && member?.id !== cluster.etcd.members.leader;
    });

  it("rejoins etcd with a new member after its member was removed manually", async () => {
    cluster = await threeManagers();
    await cluster.clock.advance(10_000);
    const host = neitherLeads();
    const member = cluster.etcd.state().find(({ peerUrl }) => peerUrl.includes(`//${host?.address}:`));
    if (!member) throw new Error("every manager leads something");
    cluster.etcd.members.remove(member.id);
    await cluster.until(() => cluster.voters().length === 3, 60);
    expect(cluster.etcd.state().map(({ id }) => id)).not.toContain(member.id);
    await expectIdle(cluster);
  });

  it("is promoted again after it was demoted manually", async () => {
    cluster = await threeManagers();
    const host = neitherLeads();
    const node = host?.status()?.swarm.node;
    if (!node) throw new Error("every manager leads something");
    const demoted = cluster.docker.engine("h1").setRole(node, "worker");
    await cluster.clock.advance(1000);
    await demoted;
    await cluster.untilManagers(3);
    await expectIdle(cluster);
  });
});

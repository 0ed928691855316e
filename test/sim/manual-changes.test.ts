// What people do to a running cluster behind its back: keys deleted or scribbled over, members and managers changed
// with etcdctl and docker. Everything is put right again, and nothing is made twice.
import { afterEach, describe, expect, it } from "vitest";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { keys } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";
import { expectIdle, leading, manually, threeManagers, untilStep } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

const nodeIdOf = (name: string) => nodeId(cluster.node(name).id());

describe("a key deleted by hand", () => {
  it("that is the record of the swarm makes no second swarm, even while nobody leads", async () => {
    cluster = new Cluster({ managers: 3, workers: 1 });
    cluster.node("h3").cutPower();
    await cluster.until(() => cluster.record()?.state === "ready", 120);
    await cluster.put("paused", "true"); // so that the leader does not write it anew
    await manually(cluster, { delete: keys.swarm });
    cluster.node("h3").restorePower();
    await cluster.until(() => cluster.node("h3").status()?.message?.includes("its record") === true, 60);
    expect(cluster.inits).toBe(1);
    await cluster.put("paused", "false");
    await cluster.until(() => cluster.ready(), 120);
    expect(cluster.inits).toBe(1);
  });

  it("that is a registration or a status is written anew by its agent", async () => {
    cluster = await threeManagers();
    const gone = [keys.nodes.of(nodeIdOf("h4")), keys.nodeStatus.of(nodeIdOf("h2"))];
    await manually(cluster, ...gone.map(key => ({ delete: key })));
    await cluster.until(() => gone.every(key => cluster.etcd.store.get(key) !== undefined), 90);
    await expectIdle(cluster);
  });

  it("that is the operation in flight changes nothing about its end", async () => {
    cluster = await threeManagers();
    await cluster.put("managers", "5");
    await untilStep(cluster, "swarm-promote");
    await manually(cluster, { delete: keys.operation });
    await cluster.untilManagers(5);
    await expectIdle(cluster);
  });
});

it("a value that is not understood is written anew by whoever it belongs to", async () => {
  cluster = await threeManagers();
  const [manager, worker] = [nodeIdOf("h2"), nodeIdOf("h4")];
  const scribbled = [
    ...[keys.operation, keys.swarm, keys.workerToken, keys.clusterStatus, keys.specStatus.of("managers")],
    ...[keys.assignments.of(manager), keys.nodeStatus.of(manager), keys.assignments.of(worker), keys.nodes.of(worker)],
  ];
  await manually(cluster, ...scribbled.map(put => ({ put, value: '{"a":1}' })));
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

  it("whose etcd member was removed by hand gives up its data, and becomes a member again", async () => {
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

  it("that was demoted by hand is promoted again", async () => {
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

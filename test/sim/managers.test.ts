// spec/managers followed by real agents and controllers over the twins, also when whoever leads dies at any write.
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "../../agent/twins.fixture.ts";
import { Cluster } from "./cluster.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

/** A cluster of 5 hosts with 3 managers, at rest. */
async function threeManagers(): Promise<Cluster> {
  cluster = new Cluster({ managers: 3, workers: 2 });
  await cluster.until(() => cluster.ready(), 120);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
  return cluster;
}

/** At rest: nobody writes any more, and no promise was broken on the way. */
async function demandRest(): Promise<void> {
  await cluster.clock.advance(60_000);
  const before = cluster.etcd.store.revision;
  await cluster.clock.advance(300_000);
  expect(cluster.etcd.store.revision - before).toBe(0);
  expect(cluster.broken).toEqual([]);
  expect(cluster.inits).toBe(1);
  expect(cluster.operation()).toBeUndefined();
}

async function swarmManagers(): Promise<string[]> {
  const infos = await Promise.all(cluster.hosts.map(host => cluster.docker.engine(host.name).info()));
  return infos
    .filter(info => info.swarm.control)
    .map(info => info.hostname)
    .sort();
}

describe("spec/managers", () => {
  it("is followed from 3 to 5, to 3, to 1 and back to 3, the same hosts in both rafts; then nobody writes", async () => {
    await threeManagers();
    for (const count of [5, 3, 1, 3]) {
      await cluster.put("managers", String(count));
      await cluster.untilManagers(count);
      expect(await swarmManagers()).toEqual(cluster.voters());
    }
    await demandRest();
  });

  it("refused, is left where it was, with the reason, also by the next leader", async () => {
    await threeManagers();
    await cluster.put("managers", "4");
    const refusal = () => cluster.etcd.store.get(keys.specStatus.of("managers"))?.value ?? "";
    await cluster.until(() => refusal().includes("tolerate no more failures"), 10);
    cluster.fault = { write: cluster.writes + 1, when: "before" };
    await cluster.put("paused", "true");
    await cluster.until(() => cluster.fault === undefined, 60);
    await cluster.put("paused", "false");
    await cluster.clock.advance(60_000);
    expect(JSON.parse(refusal())).toMatchObject({ inForce: "3", refused: { value: "4" } });
    expect(cluster.voters()).toHaveLength(3);
  });

  it.each([
    { from: 3, to: 5 },
    { from: 5, to: 3 },
    { from: 3, to: 1 },
  ])(
    "is followed from $from to $to although the leader ends before or after any write",
    async ({ from, to }) => {
      const start = async () => {
        await threeManagers();
        await cluster.put("managers", String(from));
        await cluster.untilManagers(from);
        cluster.writes = 0;
      };
      await start();
      await cluster.put("managers", String(to));
      await cluster.untilManagers(to);
      const writes = cluster.writes;
      expect(writes).toBeGreaterThan(10);
      cluster.end();
      for (let write = 1; write <= writes; write++) {
        for (const when of ["before", "after"] as const) {
          await start();
          cluster.fault = { write, when };
          await cluster.put("managers", String(to));
          try {
            await cluster.untilManagers(to);
            expect(await swarmManagers()).toEqual(cluster.voters());
            expect(cluster.broken).toEqual([]);
          } catch (cause) {
            throw new Error(`the leader ended ${when} write ${write} of ${writes}`, { cause });
          } finally {
            cluster.end();
          }
        }
      }
    },
    600_000,
  );
});

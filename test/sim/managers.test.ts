// spec/managers followed by real agents and controllers over the twins, also when whoever leads dies at any write.
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "../../agent/twins.fixture.ts";
import type { Cluster } from "./cluster.ts";
import { demandRest, swarmManagers, threeManagers } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

describe("spec/managers", () => {
  it("is followed from 3 to 5, to 3, to 1 and back to 3, the same hosts in both rafts; then nobody writes", async () => {
    cluster = await threeManagers();
    for (const count of [5, 3, 1, 3]) {
      await cluster.put("managers", String(count));
      await cluster.untilManagers(count);
      expect(await swarmManagers(cluster)).toEqual(cluster.voters());
    }
    await demandRest(cluster);
  });

  it("refused, is left where it was, with the reason, also by the next leader", async () => {
    cluster = await threeManagers();
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
        cluster = await threeManagers();
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
            expect(await swarmManagers(cluster)).toEqual(cluster.voters());
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

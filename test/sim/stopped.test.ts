// A leader whose process stops for longer than its lease after any of its writes, as in a paused virtual machine. It wakes
// in the middle of a change that another leader has continued, and must write nothing.
import { afterEach, expect, it } from "vitest";
import type { Cluster } from "./cluster.ts";
import { expectIdle, threeManagers } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

async function fiveManagers(): Promise<void> {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await cluster.untilManagers(5);
  cluster.writes = 0;
}

it("a leader that was stopped for longer than its lease after any write changes nothing when it wakes", async () => {
  await fiveManagers();
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
  const { writes } = cluster;
  cluster.end();
  for (let write = 1; write <= writes; write++) {
    await fiveManagers();
    cluster.fault = { write, when: "after", stopMs: 30_000 };
    await cluster.put("managers", "3");
    await cluster.untilManagers(3);
    await expectIdle(cluster);
    expect(cluster.broken, `the leader stopped after write ${write} of ${writes}`).toEqual([]);
    cluster.end();
  }
});

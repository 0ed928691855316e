// Nodes that die during a change, a leader without Docker, an operator who changes the spec often: every operation ends, no
// node waits for a dead one, and an operation that cannot finish is not started again and again.
import { afterEach, describe, expect, it } from "vitest";
import { LeaderRecord } from "../../crd-like-specs/resources/leader-record.ts";
import { keys } from "../fakes/world.ts";
import type { Cluster } from "./cluster.ts";
import { expectIdle, leading, manually, threeManagers, untilStep } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

describe("a node that dies while it becomes a manager", () => {
  it.each(["etcd-add-learner", "swarm-promote"] as const)(
    "a promotion is rolled back if the node dies at %s, and another node becomes a manager",
    async step => {
      cluster = await threeManagers({ workers: 3 });
      await cluster.put("managers", "5");
      const lost = await untilStep(cluster, step);
      lost.cutPower();
      const replaced = () => cluster.voters().length === 5 && !cluster.voters().includes(lost.name);
      await cluster.until(() => replaced() && cluster.operation() === undefined, 900);
      // When it returns, the swarm completes its promotion: there is one manager too many.
      lost.restorePower();
      await cluster.untilManagers(5);
      await expectIdle(cluster);
    },
  );
});

it("a node that dies during its demotion leaves both rafts and returns as a worker", async () => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await cluster.untilManagers(5);
  await cluster.put("managers", "3");
  const lost = await untilStep(cluster, "swarm-demote");
  lost.cutPower();
  await cluster.until(() => cluster.voters().length === 3 && cluster.operation() === undefined, 900);
  lost.restorePower();
  await cluster.untilManagers(3);
  await expectIdle(cluster);
});

it("a leader without Docker resigns, and a change that the swarm cannot accept is not started in etcd", async () => {
  cluster = await threeManagers();
  const first = leading(cluster);
  if (!first) throw new Error("no controller leads");
  cluster.docker.kill(first.name);
  await cluster.put("managers", "5");
  await cluster.until(() => ![undefined, first].includes(leading(cluster)), 100);
  await cluster.until(() => cluster.status()?.waiting[0]?.reason === "TooFewManagers", 60);
  await cluster.clock.advance(60_000);
  const before = cluster.etcd.store.revision;
  await cluster.clock.advance(600_000);
  expect(cluster.etcd.store.revision - before).toBe(0);
  cluster.docker.start(first.name);
  await cluster.untilManagers(5);
  await expectIdle(cluster);
});

it("the leader record counts from the election, not from the candidacy", async () => {
  cluster = await threeManagers();
  const first = leading(cluster);
  await cluster.clock.advance(600_000);
  const died = cluster.clock.now();
  if (first) cluster.controllers.get(first.name)?.end();
  await cluster.until(() => ![undefined, first].includes(leading(cluster)), 60);
  const { since } = LeaderRecord.parse(JSON.parse(cluster.etcd.store.get(keys.leader)?.value ?? ""));
  expect(Date.parse(since)).toBeGreaterThan(died);
});

it("the last value of spec/managers wins if it changes faster than it can be followed", async () => {
  cluster = await threeManagers();
  for (const [count, ms] of [
    ["5", 700],
    ["1", 900],
    ["3", 400],
    ["5", 3000],
    ["1", 3000],
    ["3", 1],
  ] as const) {
    await cluster.put("managers", count);
    await cluster.clock.advance(ms);
  }
  await cluster.untilManagers(3, 900);
  await expectIdle(cluster);
});

it("a change that was paused past its deadline is finished after the pause", async () => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await untilStep(cluster, "etcd-add-learner");
  await cluster.put("paused", "true");
  await cluster.clock.advance(600_000);
  await cluster.put("paused", "false");
  await cluster.untilManagers(5, 1500);
  await expectIdle(cluster);
});

it.each(["h1", "h2", "h3", "h4"])("converges after %s was partitioned during a change", async name => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await cluster.clock.advance(900);
  cluster.docker.isolate(name);
  await cluster.clock.advance(90_000);
  cluster.docker.heal();
  await cluster.untilManagers(5, 2500);
  await expectIdle(cluster);
});

it.each([300, 900, 2500])(
  "converges after the leader is deposed %i ms into a demotion and the next leader loses power",
  async ms => {
    cluster = await threeManagers();
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "3");
    await cluster.clock.advance(ms);
    await manually(cluster, { delete: keys.leader });
    await cluster.clock.advance(300);
    const next = leading(cluster);
    next?.cutPower();
    await cluster.clock.advance(100_000);
    next?.restorePower();
    await cluster.untilManagers(3, 900);
    await expectIdle(cluster);
  },
);

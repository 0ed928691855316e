// Hosts that die in the middle of a change, a leader that sees nothing any more, an operator who changes his mind:
// every operation ends, no host waits for a dead one, and what could not be finished is not begun again and again.
import { afterEach, describe, expect, it } from "vitest";
import { LeaderRecord } from "../../crd-like-specs/resources/resources.ts";
import { keys } from "../fakes/world.ts";
import type { Cluster } from "./cluster.ts";
import { expectIdle, leading, manually, threeManagers, untilStep } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

describe("a host that dies while it is made a manager", () => {
  it.each(["etcd-add-learner", "swarm-promote"] as const)("(%s) is given back, others take its place", async step => {
    cluster = await threeManagers({ workers: 3 });
    await cluster.put("managers", "5");
    const lost = await untilStep(cluster, step);
    lost.cutPower();
    const replaced = () => cluster.voters().length === 5 && !cluster.voters().includes(lost.name);
    await cluster.until(() => replaced() && cluster.operation() === undefined, 900);
    // When it is back, the swarm makes it the manager that it was to be: one too many.
    lost.restorePower();
    await cluster.untilManagers(5);
    await expectIdle(cluster);
  });
});

it("a host that dies while it is made a worker leaves both rafts, and comes back as a worker", async () => {
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

it("a leader whose docker is gone hands over; a change that the swarm cannot take is not begun in etcd", async () => {
  cluster = await threeManagers();
  const first = leading(cluster);
  if (!first) throw new Error("nobody leads");
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

it("a controller that has stood by for long leads since its election, not since its candidacy", async () => {
  cluster = await threeManagers();
  const first = leading(cluster);
  await cluster.clock.advance(600_000);
  const died = cluster.clock.now();
  if (first) cluster.controllers.get(first.name)?.end();
  await cluster.until(() => ![undefined, first].includes(leading(cluster)), 60);
  const { since } = LeaderRecord.parse(JSON.parse(cluster.etcd.store.get(keys.leader)?.value ?? ""));
  expect(Date.parse(since)).toBeGreaterThan(died);
});

it("an operator who changes his mind faster than anything can be done gets what he wanted last", async () => {
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

it("a change that was paused past its deadline comes to its end all the same", async () => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await untilStep(cluster, "etcd-add-learner");
  await cluster.put("paused", "true");
  await cluster.clock.advance(600_000);
  await cluster.put("paused", "false");
  await cluster.untilManagers(5, 1500);
  await expectIdle(cluster);
});

it.each(["h1", "h2", "h3", "h4"])("a partition around %s in mid-change heals without harm", async name => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await cluster.clock.advance(900);
  cluster.docker.isolate(name);
  await cluster.clock.advance(90_000);
  cluster.docker.heal();
  await cluster.untilManagers(5, 2500);
  await expectIdle(cluster);
});

it.each([300, 900, 2500])("a deposed leader, and the loss of the next one, %i ms into a demotion", async ms => {
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
});

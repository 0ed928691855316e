// Two of three managers lose power at once. No controller can lead, and the third one logs what an operator must do.
import { afterEach, expect, it } from "vitest";
import type { Cluster } from "./cluster.ts";
import { expectIdle, threeManagers } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

/** The log lines of the controller on this node about quorums. */
function quorumLog(name: string): { level: number; msg: string }[] {
  return cluster.log
    .filter(line => line.startsWith("{"))
    .map(line => JSON.parse(line))
    .filter(line => line.host === name && line.topic === "quorum");
}

it("the survivor of a lost quorum logs which nodes answer and the remedy, repeats it, and logs the return of the quorum", async () => {
  cluster = await threeManagers();
  cluster.node("h1").cutPower();
  cluster.node("h3").cutPower();
  await cluster.until(() => quorumLog("h2").length > 0, 20);
  const [headline] = quorumLog("h2");
  expect(headline).toMatchObject({ level: 50, msg: expect.stringMatching(/etcd.*swarm.*quorum.*h2.*h1 and h3/) });
  const steps = quorumLog("h2").map(({ msg }) => msg);
  expect(steps[1]).toContain("any 1 of h1 and h3");
  expect(steps).toContain("  docker swarm init --force-new-cluster --advertise-addr 10.0.0.2");
  await cluster.clock.advance(300_000);
  expect(quorumLog("h2")).toHaveLength(steps.length);
  await cluster.clock.advance(400_000);
  const reminder = quorumLog("h2")[steps.length];
  expect(reminder).toMatchObject({ level: 50, msg: expect.stringMatching(/1\d min/) });
  cluster.node("h3").restorePower();
  await cluster.until(() => quorumLog("h2").at(-1)?.level === 30, 120);
  cluster.node("h1").restorePower();
  await cluster.untilManagers(3);
  await expectIdle(cluster);
});

it("logs no lost quorum after the loss of one manager and the election that follows", async () => {
  cluster = await threeManagers();
  cluster.node("h1").cutPower();
  await cluster.clock.advance(50_000);
  cluster.node("h1").restorePower();
  await cluster.untilManagers(3);
  expect(cluster.nodes.flatMap(({ name }) => quorumLog(name))).toEqual([]);
});

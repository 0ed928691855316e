// Real agents and controllers on fakes follow spec/managers, also if the leader dies at any write.
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "../fakes/world.ts";
import type { Cluster } from "./cluster.ts";
import { expectIdle, swarmManagers, threeManagers } from "./scenes.ts";

type RecordedEvents = ReadonlySet<string>;
const eventsOf = (cluster: Cluster): RecordedEvents => new Set(cluster.events().map(event => JSON.stringify(event)));
/** Compares by content and not by count: two nodes can record at one moment, and the keys then sort by their ids. */
const recordedSince = (cluster: Cluster, recorded: RecordedEvents) =>
  cluster.events().filter(event => !recorded.has(JSON.stringify(event)));

/** Expects one event for each step of the change from these voters to the current ones, and no other. */
function expectStepEvents(cluster: Cluster, recorded: RecordedEvents, before: readonly string[]): void {
  const steps = recordedSince(cluster, recorded).filter(
    ({ topic, reason }) => ["etcd", "swarm"].includes(topic) && reason !== "EtcdLeaderMoved",
  );
  const after = cluster.voters();
  const added = after.filter(name => !before.includes(name));
  const removed = before.filter(name => !after.includes(name));
  const wanted = [
    ...added.flatMap(name => [`EtcdLearnerAdded ${name}`, `EtcdVoterPromoted ${name}`, `SwarmManagerPromoted ${name}`]),
    ...removed.flatMap(name => [`SwarmManagerDemoted ${name}`, `EtcdMemberRemoved ${name}`]),
  ];
  expect(steps.map(({ reason, node }) => `${reason} ${node}`).sort()).toEqual(wanted.sort());
}

let cluster: Cluster;
afterEach(() => cluster.end());

describe("spec/managers", () => {
  it("follows spec/managers from 3 to 5, 3, 1 and 3, with the same nodes in both rafts, and is then idle", async () => {
    cluster = await threeManagers();
    for (const count of [5, 3, 1, 3]) {
      await cluster.put("managers", String(count));
      await cluster.untilManagers(count);
      expect(await swarmManagers(cluster)).toEqual(cluster.voters());
    }
    await expectIdle(cluster);
  });

  it("records the change of the spec, the operations, each step and the rejected value as events", async () => {
    cluster = await threeManagers();
    const recorded = eventsOf(cluster);
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "4");
    await expectIdle(cluster);
    const recordedNow = recordedSince(cluster, recorded).filter(({ topic }) => topic !== "units");
    expect(recordedNow.map(({ topic, reason, node }) => [topic, reason, node].filter(Boolean).join(" "))).toEqual([
      "spec SpecChanged",
      ...["h4", "h5"].flatMap(name => [
        `managers OperationStarted ${name}`,
        `etcd EtcdLearnerAdded ${name}`,
        `etcd EtcdVoterPromoted ${name}`,
        `swarm SwarmManagerPromoted ${name}`,
        `managers OperationCompleted ${name}`,
      ]),
      "spec SpecRejected",
    ]);
  });

  it("rejects an invalid spec/managers with its reason, also under the next leader", async () => {
    cluster = await threeManagers();
    await cluster.put("managers", "4");
    const rejection = () => cluster.etcd.store.get(keys.specStatus.of("managers"))?.value ?? "";
    await cluster.until(() => rejection().includes('"rejected"'), 10);
    cluster.fault = { write: cluster.writes + 1, when: "before" };
    await cluster.put("paused", "true");
    await cluster.until(() => cluster.fault === undefined, 60);
    await cluster.put("paused", "false");
    await cluster.clock.advance(60_000);
    expect(JSON.parse(rejection())).toMatchObject({ effective: "3", rejected: { value: "4" } });
    expect(cluster.voters()).toHaveLength(3);
  });

  it.each([
    { from: 3, to: 5 },
    { from: 5, to: 3 },
    { from: 3, to: 1 },
  ])(
    "follows spec/managers from $from to $to although the leader ends before or after any write",
    async ({ from, to }) => {
      const start = async () => {
        cluster = await threeManagers();
        await cluster.put("managers", String(from));
        await cluster.untilManagers(from);
        cluster.writes = 0;
        cluster.newWrites.length = 0;
      };
      await start();
      await cluster.put("managers", String(to));
      await cluster.untilManagers(to);
      const writes = [...cluster.newWrites];
      expect(writes.length).toBeGreaterThan(10);
      cluster.end();
      for (const write of writes) {
        for (const when of ["before", "after"] as const) {
          await start();
          const recorded = eventsOf(cluster);
          const before = cluster.voters();
          cluster.fault = { write, when };
          await cluster.put("managers", String(to));
          try {
            await cluster.untilManagers(to);
            expectStepEvents(cluster, recorded, before);
            expect(await swarmManagers(cluster)).toEqual(cluster.voters());
            expect(cluster.broken).toEqual([]);
          } catch (cause) {
            throw new Error(`the leader ended ${when} write ${write} of ${writes.at(-1)}`, { cause });
          } finally {
            cluster.end();
          }
        }
      }
    },
    600_000,
  );
});

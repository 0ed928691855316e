// spec/managers followed by real agents and controllers over the twins, also when whoever leads dies at any write.
import { afterEach, describe, expect, it } from "vitest";
import { keys } from "../fakes/world.ts";
import type { Cluster } from "./cluster.ts";
import { expectIdle, swarmManagers, threeManagers } from "./scenes.ts";

type RecordedEvents = ReadonlySet<string>;
const eventsOf = (cluster: Cluster): RecordedEvents => new Set(cluster.events().map(event => JSON.stringify(event)));
/** By what was recorded before, and not by how much: two hosts tell in one moment, in the order of their names. */
const recordedSince = (cluster: Cluster, recorded: RecordedEvents) =>
  cluster.events().filter(event => !recorded.has(JSON.stringify(event)));

/** The steps recorded since then, as a change of the voters from these to those must have taken them: each just once. */
function demandEvents(cluster: Cluster, recorded: RecordedEvents, before: readonly string[]): void {
  const steps = recordedSince(cluster, recorded).filter(
    ({ topic, text }) => ["etcd", "swarm"].includes(topic) && !text.startsWith("moving etcd's leadership"),
  );
  const after = cluster.voters();
  const come = after.filter(name => !before.includes(name));
  const gone = before.filter(name => !after.includes(name));
  const wanted = [
    ...come.map(name => `adding ${name} to etcd as a learner`),
    ...come.flatMap(name => [`promoting ${name} to etcd voter`, `promoting ${name} in the swarm`]),
    ...gone.flatMap(name => [`demoting ${name} in the swarm`, `removing ${name} from etcd`]),
  ];
  expect(steps.map(({ text }) => text).sort()).toEqual(wanted.sort());
}

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
    await expectIdle(cluster);
  });

  it("leaves a story: what was wanted, each step, and how it ended", async () => {
    cluster = await threeManagers();
    const recorded = eventsOf(cluster);
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "4");
    await expectIdle(cluster);
    const eventTexts = recordedSince(cluster, recorded).filter(({ topic }) => topic !== "units");
    expect(
      eventTexts.map(({ topic, text }) => `${topic}  ${text.replace(/\(\d+(\.\d)? s\)/, "(N s)")}`),
    ).toMatchInlineSnapshot(`
      [
        "spec  spec/managers 3 → 5",
        "managers  making h4 a manager (longest here of those that can be one)",
        "etcd  adding h4 to etcd as a learner",
        "etcd  promoting h4 to etcd voter",
        "swarm  promoting h4 in the swarm",
        "managers  h4 is a manager now (N s)",
        "managers  making h5 a manager (longest here of those that can be one)",
        "etcd  adding h5 to etcd as a learner",
        "etcd  promoting h5 to etcd voter",
        "swarm  promoting h5 in the swarm",
        "managers  h5 is a manager now (N s)",
        "spec  refused "4" at spec/managers: 4 managers tolerate no more failures than 3; use 3 or 5; 5 stays in force",
      ]
    `);
  });

  it("refused, is left where it was, with the reason, also by the next leader", async () => {
    cluster = await threeManagers();
    await cluster.put("managers", "4");
    const rejection = () => cluster.etcd.store.get(keys.specStatus.of("managers"))?.value ?? "";
    await cluster.until(() => rejection().includes("tolerate no more failures"), 10);
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
    "is followed from $from to $to although the leader ends before or after any write",
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
            demandEvents(cluster, recorded, before);
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

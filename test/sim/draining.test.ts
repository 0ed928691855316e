// Draining by spec/nodes/ID/drain, for a change of units, and manually: tasks leave before units change, and a node that
// swarmkeeper drained takes tasks again at the end.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "./cluster.ts";
import { expectIdle, leading, threeManagers } from "./scenes.ts";

let cluster: Cluster;
beforeEach(async () => {
  cluster = await threeManagers({ workers: 3 });
  await cluster.clock.advance(10_000);
  for (const { name } of cluster.nodes) cluster.docker.place(name, 2);
});
afterEach(() => cluster.end());

const nodeOf = (name: string) => {
  const node = cluster.docker.state()[0]?.nodes.find(candidate => candidate.name === name);
  if (!node) throw new Error(`${name} is in no swarm`);
  return node;
};
const drain = (name: string, value: string) => cluster.put(`nodes/${cluster.node(name).id()}/drain`, value);
const drainedNodes = () => cluster.nodes.flatMap(({ name }) => (nodeOf(name).drained ? [name] : []));

describe("spec/nodes/ID/drain", () => {
  it("drains a worker or a manager while spec/nodes/ID/drain is true", async () => {
    for (const name of ["h4", "h2"]) {
      await drain(name, "true");
      await cluster.until(() => nodeOf(name).tasks === 0, 30);
      expect(nodeOf(name)).toMatchObject({ availability: "drain", drained: true });
      await cluster.until(
        () => cluster.status()?.swarm.nodes.find(node => node.name === name)?.drained?.reason === "Operator",
        30,
      );
      expect(cluster.events()).toContainEqual(
        expect.objectContaining({ topic: "node", reason: "NodeDrained", node: name }),
      );
      await expectIdle(cluster);
      await drain(name, "false");
      await cluster.until(() => nodeOf(name).availability === "active", 30);
    }
    expect(drainedNodes()).toEqual([]);
    await expectIdle(cluster);
  });

  it("drains a node although the leader ends at the write, and keeps it drained while spec/paused is true", async () => {
    cluster.fault = { write: cluster.writes + 2, when: "before" };
    await drain("h5", "true");
    await cluster.until(() => nodeOf("h5").availability === "drain", 60);
    await cluster.put("paused", "true");
    await drain("h5", "false");
    await cluster.clock.advance(60_000);
    expect(drainedNodes()).toEqual(["h5"]);
    await cluster.put("paused", "false");
    await cluster.until(() => nodeOf("h5").availability === "active", 60);
    await expectIdle(cluster);
  });

  it("does not change a node that was drained manually", async () => {
    cluster.docker.setAvailability("h6", "drain");
    await drain("h6", "true");
    await cluster.clock.advance(60_000);
    await drain("h6", "false");
    await cluster.clock.advance(60_000);
    expect(nodeOf("h6")).toMatchObject({ availability: "drain", drained: false });
    await expectIdle(cluster);
  });
});

describe("a unit with Drain=yes", () => {
  const text = (words: string) => `[Service]\nExecStart=/bin/${words}\n[X-Swarmkeeper]\nDrain=yes\n`;
  const startsOf = (name: string) => cluster.node(name).starts.filter(start => start.startsWith("web.service")).length;
  const workers = ["h4", "h5", "h6"];

  /** Rolls out these words to all workers. Expects that each worker was drained and empty when it started them. */
  async function rolled(words: string): Promise<void> {
    const seen = new Map(workers.map(name => [name, startsOf(name)]));
    const early: string[] = [];
    await cluster.put("units/files/web.service", text(words));
    await cluster.put("units/worker", "web.service");
    await cluster.until(() => {
      for (const name of workers) {
        if (startsOf(name) === seen.get(name)) continue;
        seen.set(name, startsOf(name));
        const { availability, tasks } = nodeOf(name);
        if (availability !== "drain" || tasks > 0) early.push(`${name}: ${availability}, ${tasks} tasks`);
      }
      return (
        workers.every(name => cluster.node(name).starts.includes(`web.service /bin/${words}`)) &&
        drainedNodes().length === 0
      );
    }, 300);
    expect(early).toEqual([]);
  }

  it("drains a node before each change of a unit with Drain=yes, although a controller ends meanwhile", async () => {
    await rolled("one");
    for (const name of workers) cluster.docker.place(name, 2);
    const controller = cluster.controllers.get(leading(cluster)?.name ?? "");
    cluster.clock.sleep(2_000).then(() => controller?.end());
    await rolled("two");
    await expectIdle(cluster);
    for (const name of workers) expect(nodeOf(name)).toMatchObject({ availability: "active", drained: false });
  });
});

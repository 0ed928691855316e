// Tests of draining: a node's swarm tasks leave before a unit with Drain=yes changes there, and a node is drained while
// spec/nodes/ID/drain is true.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { etcdctl, put, status, tasks } from "./swarm.ts";
import { putFile } from "./web-unit.ts";

const SERVICE = "moved";
const RUNNING = `docker ps -q --filter label=com.docker.swarm.service.name=${SERVICE}`;

/** A unit that logs at each start and stop how many tasks of the service run on its node. */
const witness = (marker: string) => `[Service]
ExecStartPre=/bin/sh -c "echo start ${marker} $(${RUNNING} | wc -l) >>/run/witness.log"
ExecStart=/bin/sleep 100000
ExecStop=/bin/sh -c "echo stop ${marker} $(${RUNNING} | wc -l) >>/run/witness.log"
[X-Swarmkeeper]
Drain=yes
`;

const logOf = async (host: Host) => (await host.exec("cat /run/witness.log")).stdout.trim();

/** The swarm's availability by host name. */
async function availabilities(manager: Host): Promise<Record<string, string>> {
  const rows = (await manager.out("docker node ls --format '{{.Hostname}} {{.Availability}}'")).split("\n");
  return Object.fromEntries(rows.map(row => row.split(" ")));
}

/** Registers the tests of draining, on these workers. */
export function drainsHosts(scenario: Scenario, names: readonly string[]): void {
  describe("nodes are drained", () => {
    const workers = () => names.map(name => scenario.host(name));
    const placed = () => tasks(workers(), SERVICE);
    const untilNoneDrained = () =>
      waitFor("all nodes to take tasks", 120_000, async saw => {
        const seen = await availabilities(scenario.host("h1"));
        saw(JSON.stringify(seen));
        return Object.values(seen).every(availability => availability === "Active");
      });

    beforeAll(async () => {
      for (const host of workers()) await host.out("docker load -i /opt/lab/busybox.tar");
      await scenario
        .host("h1")
        .out(
          `docker service create --detach --name ${SERVICE} --replicas ${2 * names.length} --constraint node.role==worker --stop-grace-period 2s --no-resolve-image busybox:lab sleep 1000000`,
        );
      await waitFor("two tasks on each worker", 120_000, async saw => {
        const seen = await placed();
        saw(JSON.stringify(seen));
        return Object.values(seen).every(ids => ids.length === 2);
      });
    }, 240_000);

    afterAll(async () => {
      await scenario.host("h1").exec(`docker service rm ${SERVICE}`);
    });

    it("a node is drained before a unit with Drain=yes starts, changes or stops; its tasks run elsewhere", async () => {
      const logs = async (expected: string) =>
        waitFor(`on each worker: ${expected.replaceAll("\n", ", ")}`, 400_000, async saw => {
          const seen = await Promise.all(workers().map(logOf));
          saw(JSON.stringify(seen));
          return seen.every(log => log === expected);
        });
      const listed = await etcdctl(scenario.host("h4"), "get --print-value-only /swarmkeeper/spec/units/worker");
      await putFile(scenario.host("h4"), "witness.service", witness("one"));
      await put(scenario.host("h4"), "units/worker", `${listed}\nwitness.service`);
      await logs("start one 0");
      await untilNoneDrained();
      // Each worker had tasks that moved away.
      for (const host of workers()) expect(await host.out(`${RUNNING} -a --filter status=exited`)).not.toBe("");
      await putFile(scenario.host("h4"), "witness.service", witness("two"));
      await logs("start one 0\nstop one 0\nstart two 0");
      await untilNoneDrained();
      await put(scenario.host("h4"), "units/worker", listed);
      await logs("start one 0\nstop one 0\nstart two 0\nstop two 0");
      await untilNoneDrained();
      await waitFor("all tasks to run", 60_000, async saw => {
        const seen = await placed();
        saw(JSON.stringify(seen));
        return Object.values(seen).flat().length === 2 * names.length;
      });
      expect(await scenario.host("h1").out("swarmkeeper events")).toMatch(
        /draining h\d: the rollout of units requests it/,
      );
    }, 900_000);

    it("a node is drained while spec/nodes/ID/drain is true", async () => {
      const h1 = scenario.host("h1");
      const id = (await status(h1)).nodes.find(({ name }) => name === "h4")?.id;
      await put(scenario.host("h4"), `nodes/${id}/drain`, "true");
      await waitFor("h4 to be drained and empty", 120_000, async saw => {
        const seen = [(await availabilities(h1)).h4, await placed()] as const;
        saw(JSON.stringify(seen));
        return seen[0] === "Drain" && seen[1].h4?.length === 0;
      });
      const shown = await waitFor("swarmkeeper status to show the drain", 30_000, async saw => {
        const { stdout } = await h1.exec("swarmkeeper status");
        saw(stdout);
        return /^h4 .* ready,drain /m.test(stdout) ? stdout : undefined;
      });
      expect(shown).toContain(`Drained   h4: spec/nodes/${id}/drain is true`);
      await put(scenario.host("h4"), `nodes/${id}/drain`, "false");
      await untilNoneDrained();
    });
  });
}

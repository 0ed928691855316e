// Tests that the scenarios of all suites share: two cloud-configs become a cluster, and it follows spec/managers.
import { beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { etcdctl, put, rafts, status, tasks, untilManagers, untilReady } from "./swarm.ts";

/** Registers the tests of a new cluster: h1 to h3 are managers, h4 and h5 workers. */
export function becomesACluster(scenario: Scenario): void {
  describe("two cloud-configs become a cluster", () => {
    it("forms one swarm of 5 nodes, whose 3 managers are the 3 etcd voters", async () => {
      const seen = await rafts(scenario.lab(), scenario.host("h1"));
      expect(seen).toEqual({
        managers: ["h1", "h2", "h3"],
        voters: ["h1", "h2", "h3"],
        ready: ["h1", "h2", "h3", "h4", "h5"],
        nodes: 5,
        members: 3,
      });
    });

    it("gives workers etcd on 127.0.0.1:2379 through a proxy", async () => {
      for (const worker of [scenario.host("h4"), scenario.host("h5")]) {
        expect(await etcdctl(worker, "endpoint health 2>&1")).toContain("is healthy");
        expect(await worker.out("systemctl is-active swarmkeeper-etcd-proxy.service")).toBe("active");
      }
    });

    it("reports the same status from every node", async () => {
      for (const each of scenario.hosts()) {
        const seen = await status(each);
        expect(seen.ready).toBe(true);
        expect(seen.nodes.map(node => node.name)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
      }
      const table = await scenario.host("h5").out("swarmkeeper status");
      expect(table).toMatch(/^Cluster\s+Ready/m);
      expect(table).toMatch(/^h4\s.*worker\s.*proxy/m);
      const plan = JSON.parse(await scenario.host("h5").out("swarmkeeper plan -o json"));
      expect(plan).toMatchObject({ steps: [], waiting: [], hasLeader: true, reported: true });
    });

    it("installs the release, fetched by HTTP, under its hash on nodes without Node.js", async () => {
      for (const each of scenario.hosts()) {
        const [release] = (await each.out("ls /opt/swarmkeeper/releases")).split("\n");
        expect(release).toMatch(/^[0-9a-f]{64}$/);
        expect((await each.exec("command -v node npm")).code).not.toBe(0);
      }
    });
  });
}

/** Registers the tests of spec/managers. The cluster has 3 managers before and after them. */
export function followsManagers(scenario: Scenario): void {
  describe("spec/managers is followed", () => {
    let before: Record<string, string[]>;

    beforeAll(async () => {
      for (const each of scenario.hosts()) await each.out("docker load -i /opt/lab/busybox.tar");
      await scenario
        .host("h1")
        .out(
          "docker service create --detach --name web --mode global --stop-grace-period 1s --no-resolve-image busybox:lab sleep 1000000",
        );
      before = await waitFor("a task of web on each host", 60_000, async saw => {
        const seen = await tasks(scenario.hosts(), "web");
        saw(JSON.stringify(seen));
        return Object.values(seen).every(ids => ids.length === 1) ? seen : undefined;
      });
    }, 120_000);

    const change = async (through: string, to: number, witness = "h1") => {
      await put(scenario.host(through), "managers", String(to));
      const managers = await untilManagers(scenario.lab(), scenario.host(witness), to);
      await untilReady(scenario.host(through));
      expect(await tasks(scenario.hosts(), "web")).toEqual(before);
      return managers;
    };

    it("promotes two workers after a put at a worker: etcd learner, etcd voter, swarm manager", async () => {
      const from = Number(JSON.parse(await etcdctl(scenario.host("h5"), "get x -w json")).header.revision) + 1;
      expect(await change("h5", 5)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
      const history = await scenario
        .host("h1")
        .exec(`ETCDCTL_API=3 timeout 3 etcdctl watch --rev=${from} /swarmkeeper/operation`);
      const steps = history.stdout
        .split("\n")
        .filter(line => line.startsWith("{"))
        .map(line => JSON.parse(line) as { name: string; step: { id: string } })
        .map(({ name, step }) => `${name} ${step.id.split("/")[0]}`);
      for (const name of ["h4", "h5"]) {
        const order = [`${name} etcd-add-learner`, `${name} etcd-promote`, `${name} swarm-promote`];
        const at = order.map(step => steps.lastIndexOf(step));
        expect(at, steps.join("\n")).toEqual([...at].sort((a, b) => a - b));
        expect(at[0]).toBeGreaterThanOrEqual(0);
      }
      for (const name of ["h4", "h5"]) {
        expect(await scenario.host(name).out("systemctl is-active swarmkeeper-etcd-member.service")).toBe("active");
        await waitFor(
          `the controller on ${name}`,
          30_000,
          async () => (await scenario.host(name).exec("systemctl is-active swarmkeeper-controller.service")).code === 0,
        );
      }
    });

    it("demotes to 3 managers: the others leave both rafts, wipe etcd's data and run a proxy again", async () => {
      const managers = await change("h1", 3);
      for (const each of scenario.hosts().filter(candidate => !managers.includes(candidate.name))) {
        expect(await each.out("systemctl is-active swarmkeeper-etcd-proxy.service")).toBe("active");
        expect((await each.exec("test -e /var/lib/swarmkeeper/etcd/member")).code).not.toBe(0);
        expect((await each.exec("systemctl is-active swarmkeeper-controller.service")).code).not.toBe(0);
        expect(await etcdctl(each, "endpoint health 2>&1")).toContain("is healthy");
      }
    });

    it("demotes to 1 manager and promotes to 3 again", async () => {
      const leader = await waitFor("the swarm's leader", 10_000, async () => {
        for (const each of scenario.hosts()) {
          const { code, stdout } = await each.exec(
            "docker node ls --filter role=manager --format '{{.Hostname}} {{.ManagerStatus}}'",
          );
          const found = /^(\S+) Leader$/m.exec(stdout)?.[1];
          if (code === 0 && found) return found;
        }
        return undefined;
      });
      expect(await change("h5", 1, leader)).toEqual([leader]);
      expect(await change("h5", 3, leader)).toHaveLength(3);
    });
  });
}

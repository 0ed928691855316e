// The main scenario on real hosts: boot, follow spec/managers up and down, reject invalid values, add, stop and reboot
// nodes, and remove everything. The tests build on each other, in order.
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { findEngine } from "../lab/engine/engine.ts";
import { LABELS } from "../lab/host/labels.ts";
import { existingLab } from "../lab/session.ts";
import { SLACK_SECRET, slackMessages } from "../lab/slack.ts";
import { waitFor } from "../lab/wait.ts";
import { labScenario } from "./lab-scenario.ts";
import { findSecretMarker } from "./secret-search.ts";
import { becomesACluster, followsManagers } from "./shared-scenarios.ts";
import { etcdctl, put, rafts, status, untilReady } from "./swarm.ts";

const scenario = labScenario("trixie");

becomesACluster(scenario);
followsManagers(scenario);

describe("an invalid value of spec/managers changes nothing", () => {
  it.each([
    ["4", "4 managers tolerate no more failures than 3"],
    ["banana", "not a number"],
    ["9", "7"],
  ])("spec/managers %s is rejected", async (value, reason) => {
    const witness = scenario.host(
      (await status(scenario.host("h5"))).nodes.find(node => node.role === "manager")?.name ?? "",
    );
    const before = await rafts(scenario.lab(), witness);
    await put(scenario.host("h5"), "managers", value);
    const rejected = await waitFor("the rejected value in status", 15_000, async () =>
      (await status(scenario.host("h5"))).rejected.find(entry => entry.value === value),
    );
    expect(`${rejected.reason} ${rejected.expected}`).toContain(reason);
    expect(rejected.effective).toBe("3");
    expect(await scenario.host("h5").out("swarmkeeper status")).toMatch(/^Refused .*in force: 3/m);
    const stored = JSON.parse(
      await etcdctl(scenario.host("h5"), "get --print-value-only /swarmkeeper/status/spec/managers"),
    );
    expect(stored).toMatchObject({ effective: "3", rejected: { value } });
    const logs = await Promise.all(
      scenario.hosts().map(each => each.exec("journalctl -u swarmkeeper-controller -o cat | grep rejected")),
    );
    expect(logs.map(log => log.stdout).join("\n")).toContain(`rejected \\"${value}\\"`);
    expect(await rafts(scenario.lab(), witness)).toEqual(before);
  });

  it("accepts the next valid value of spec/managers", async () => {
    await put(scenario.host("h5"), "managers", "3");
    await waitFor("no rejected value", 15_000, async () => (await status(scenario.host("h5"))).rejected.length === 0);
  });
});

describe("nodes come and go", () => {
  it("a fourth node that boots from manager.yml joins as a worker that can be promoted", async () => {
    await scenario.command("add", "manager");
    await scenario.refresh();
    const seen = await waitFor("h6 to be settled", 120_000, async () => {
      const now = await status(scenario.host("h5"));
      const h6 = now.nodes.find(node => node.name === "h6");
      return h6?.phase === "running" && now.ready ? h6 : undefined;
    });
    expect(seen).toMatchObject({ role: "worker", etcd: "proxy", swarm: { state: "ready" } });
  });

  it("a worker that shuts down deregisters and leaves the swarm, and joins again after its boot", async () => {
    const workers = (await status(scenario.host("h5"))).nodes.filter(node => node.role === "worker");
    const worker = scenario.host(workers[0]?.name ?? "");
    const witness = scenario.host((await status(worker)).nodes.find(node => node.role === "manager")?.name ?? "");
    await worker.stop();
    const gone = await waitFor("its registration to be gone", 20_000, async () => {
      const keys = await etcdctl(witness, "get --prefix --keys-only /swarmkeeper/nodes/");
      return !keys.includes(workers[0]?.id ?? "?");
    });
    expect(gone).toBe(true);
    await waitFor(
      "its swarm node to be removed",
      60_000,
      async () => (await rafts(scenario.lab(), witness)).nodes === scenario.hosts().length - 1,
    );
    await worker.start();
    await waitFor("it to be in the swarm again, without an old swarm node", 120_000, async saw => {
      const now = await rafts(scenario.lab(), witness);
      saw(JSON.stringify(now));
      return now.ready.includes(worker.name) && now.nodes === scenario.hosts().length;
    });
    await untilReady(witness);
  });

  it("a manager that reboots is a manager in both rafts again", async () => {
    const managers = (await status(scenario.host("h5"))).nodes
      .filter(node => node.role === "manager")
      .map(node => node.name);
    const rebooted = scenario.host(managers[0] ?? "");
    const witness = scenario.host(managers[1] ?? "");
    const before = await rafts(scenario.lab(), witness);
    await rebooted.stop();
    await rebooted.start();
    await waitFor("both rafts to have all managers", 180_000, async saw => {
      const now = await rafts(scenario.lab(), witness);
      saw(JSON.stringify(now));
      return now.managers.join() === before.managers.join() && now.voters.join() === before.voters.join();
    });
    await untilReady(witness);
  });

  it("a node in another swarm is rejected, and its message names the remedy", async () => {
    const worker = scenario.host(
      (await status(scenario.host("h5"))).nodes.find(node => node.role === "worker")?.name ?? "",
    );
    await worker.out("systemctl stop swarmkeeper-agent.service");
    await worker.out("docker swarm leave --force && docker swarm init --advertise-addr 127.0.0.1");
    await worker.out("systemctl start --no-block swarmkeeper-agent.service");
    const rejected = await waitFor("its rejection in status", 60_000, async () =>
      (await status(worker)).nodes.find(node => node.name === worker.name && node.phase === "rejected"),
    );
    expect(rejected.message).toContain("docker swarm leave --force");
    await worker.out("docker swarm leave --force");
    await untilReady(worker, 120_000);
  });
});

describe("Slack", () => {
  it("Slack has received the first node, the joins, one message per operation and the rejected values", async () => {
    const messages = await waitFor("Slack to have received the event of h6", 60_000, async () => {
      const texts = await slackMessages(scenario.lab());
      return texts.some(text => text.includes("h6 is up")) && texts;
    });
    const all = messages.join("\n");
    for (const line of ["has made the swarm", "h5 has joined the swarm", "Making h4 a manager", 'rejected "banana"'])
      expect(all).toContain(line);
  });

  it("the URL of the Slack webhook is nowhere but in its file", async () => {
    const hosts = scenario.hosts();
    expect(await findSecretMarker(hosts, SLACK_SECRET)).toEqual([]);
    await scenario.host("h1").out("logger a-decoy-for-the-search");
    const found = await waitFor("the decoy to be found", 15_000, async () => {
      const locations = await findSecretMarker(hosts, "a-decoy-for-the-search");
      return locations.length > 0 && locations;
    });
    expect(found).toEqual(["h1: the journal"]);
  });
});

describe("npm run lab -- down", () => {
  it("lab down removes the containers, the network, its addresses and its mounts", async () => {
    if (scenario.keep) return;
    const subnet = scenario.lab().network.subnet.replace(/0\/24$/, "");
    await scenario.command("down");
    expect(await existingLab(scenario.name).catch(() => undefined)).toBeUndefined();
    const engine = await findEngine();
    const filters = { label: [`${LABELS.lab}=${scenario.name}`] };
    expect((await engine?.docker.listContainers({ all: true, filters })) ?? []).toEqual([]);
    expect((await engine?.docker.listNetworks({ filters })) ?? []).toEqual([]);
    const addresses = Object.values(networkInterfaces()).flat();
    expect(addresses.filter(one => one?.address.startsWith(subnet))).toEqual([]);
    const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
    expect(engine === undefined ? mounts : "").not.toContain("swarmkeeper-lab");
  });
});

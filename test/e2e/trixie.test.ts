// The whole story on real hosts: boot, follow spec/managers up and down, refuse what is wrong, see hosts come and go,
// and leave nothing behind. The tests build on each other, in order.
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { findEngine } from "../lab/engine.ts";
import { LABELS } from "../lab/labels.ts";
import { lookUpLab } from "../lab/session.ts";
import { SLACK_SECRET, slackHeard } from "../lab/slack.ts";
import { waitFor } from "../lab/wait.ts";
import { sightings } from "./canary.ts";
import { becomesACluster, followsManagers } from "./chapters.ts";
import { labStory } from "./story.ts";
import { etcdctl, put, rafts, status, untilReady } from "./swarm.ts";

const story = labStory("trixie");

becomesACluster(story);
followsManagers(story);

describe("what is wrong in spec/managers changes nothing", () => {
  it.each([
    ["4", "4 managers tolerate no more failures than 3"],
    ["banana", "not a number"],
    ["9", "7"],
  ])("%s", async (value, reason) => {
    const witness = story.host(
      (await status(story.host("h5"))).nodes.find(node => node.role === "manager")?.name ?? "",
    );
    const before = await rafts(story.lab(), witness);
    await put(story.host("h5"), "managers", value);
    const refused = await waitFor("the refusal in status", 15_000, async () =>
      (await status(story.host("h5"))).refused.find(entry => entry.value === value),
    );
    expect(`${refused.reason} ${refused.expected}`).toContain(reason);
    expect(refused.inForce).toBe("3");
    expect(await story.host("h5").out("swarmkeeper status")).toMatch(/^Refused .*in force: 3/m);
    const stored = JSON.parse(
      await etcdctl(story.host("h5"), "get --print-value-only /swarmkeeper/status/spec/managers"),
    );
    expect(stored).toMatchObject({ inForce: "3", refused: { value } });
    const logs = await Promise.all(
      story.hosts().map(each => each.exec("journalctl -u swarmkeeper-controller -o cat | grep refused")),
    );
    expect(logs.map(log => log.stdout).join("\n")).toContain(`refused \\"${value}\\"`);
    expect(await rafts(story.lab(), witness)).toEqual(before);
  });

  it("and the next good value is taken", async () => {
    await put(story.host("h5"), "managers", "3");
    await waitFor("no refusal in status", 15_000, async () => (await status(story.host("h5"))).refused.length === 0);
  });
});

describe("hosts come and go", () => {
  it("a manager.yml booted a fourth time joins as a worker that can be promoted", async () => {
    await story.command("add", "manager");
    await story.refresh();
    const seen = await waitFor("h6 to be settled", 120_000, async () => {
      const now = await status(story.host("h5"));
      const h6 = now.nodes.find(node => node.name === "h6");
      return h6?.phase === "running" && now.ready ? h6 : undefined;
    });
    expect(seen).toMatchObject({ role: "worker", etcd: "proxy", swarm: { state: "ready" } });
  });

  it("a worker that shuts down says goodbye: registration gone, left the swarm; after boot it is back", async () => {
    const workers = (await status(story.host("h5"))).nodes.filter(node => node.role === "worker");
    const worker = story.host(workers[0]?.name ?? "");
    const witness = story.host((await status(worker)).nodes.find(node => node.role === "manager")?.name ?? "");
    await worker.stop();
    const gone = await waitFor("its registration to be gone", 20_000, async () => {
      const keys = await etcdctl(witness, "get --prefix --keys-only /swarmkeeper/nodes/");
      return !keys.includes(workers[0]?.id ?? "?");
    });
    expect(gone).toBe(true);
    await waitFor(
      "its node record to be swept",
      60_000,
      async () => (await rafts(story.lab(), witness)).nodes === story.hosts().length - 1,
    );
    await worker.start();
    await waitFor("it to be in the swarm again, with no record left over", 120_000, async saw => {
      const now = await rafts(story.lab(), witness);
      saw(JSON.stringify(now));
      return now.ready.includes(worker.name) && now.nodes === story.hosts().length;
    });
    await untilReady(witness);
  });

  it("a manager that reboots is taken back as it was", async () => {
    const managers = (await status(story.host("h5"))).nodes
      .filter(node => node.role === "manager")
      .map(node => node.name);
    const rebooted = story.host(managers[0] ?? "");
    const witness = story.host(managers[1] ?? "");
    const before = await rafts(story.lab(), witness);
    await rebooted.stop();
    await rebooted.start();
    await waitFor("both rafts to be whole", 180_000, async saw => {
      const now = await rafts(story.lab(), witness);
      saw(JSON.stringify(now));
      return now.managers.join() === before.managers.join() && now.voters.join() === before.voters.join();
    });
    await untilReady(witness);
  });

  it("a host in a swarm of its own is refused, and says what to do", async () => {
    const worker = story.host((await status(story.host("h5"))).nodes.find(node => node.role === "worker")?.name ?? "");
    await worker.out("systemctl stop swarmkeeper-agent.service");
    await worker.out("docker swarm leave --force && docker swarm init --advertise-addr 127.0.0.1");
    await worker.out("systemctl start --no-block swarmkeeper-agent.service");
    const refused = await waitFor("its refusal in status", 60_000, async () =>
      (await status(worker)).nodes.find(node => node.name === worker.name && node.phase === "refused"),
    );
    expect(refused.message).toContain("docker swarm leave --force");
    await worker.out("docker swarm leave --force");
    await untilReady(worker, 120_000);
  });
});

describe("Slack", () => {
  it("has heard the story: the first host, who joined, each operation as one message, what was refused", async () => {
    const heard = await waitFor("Slack to have heard of it", 60_000, async () => {
      const texts = await slackHeard(story.lab());
      return texts.some(text => text.includes("h6 is up")) && texts;
    });
    const all = heard.join("\n");
    for (const line of ["has made the swarm", "h5 has joined the swarm", "Making h4 a manager", 'refused "banana"'])
      expect(all).toContain(line);
  });

  it("has a URL that is nowhere but in its file", async () => {
    const hosts = story.hosts();
    expect(await sightings(hosts, SLACK_SECRET)).toEqual([]);
    await story.host("h1").out("logger a-decoy-for-the-search");
    const found = await waitFor("the decoy to be found", 15_000, async () => {
      const places = await sightings(hosts, "a-decoy-for-the-search");
      return places.length > 0 && places;
    });
    expect(found).toEqual(["h1: the journal"]);
  });
});

describe("down", () => {
  it("leaves nothing behind", async () => {
    if (story.keep) return;
    const subnet = story.lab().network.subnet.replace(/0\/24$/, "");
    await story.command("down");
    expect(await lookUpLab(story.name).catch(() => undefined)).toBeUndefined();
    const engine = await findEngine();
    const filters = { label: [`${LABELS.lab}=${story.name}`] };
    expect((await engine?.docker.listContainers({ all: true, filters })) ?? []).toEqual([]);
    expect((await engine?.docker.listNetworks({ filters })) ?? []).toEqual([]);
    const addresses = Object.values(networkInterfaces()).flat();
    expect(addresses.filter(one => one?.address.startsWith(subnet))).toEqual([]);
    const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
    expect(engine === undefined ? mounts : "").not.toContain("swarmkeeper-lab");
  });
});

// The main job on real hosts, from two cloud-configs: boot, follow spec/managers up and down, refuse what is wrong,
// and leave nothing behind. One lab for the whole file; the tests are its story, in order.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findEngine } from "../lab/engine.ts";
import type { Host } from "../lab/host.ts";
import type { Lab } from "../lab/lab.ts";
import { LABELS } from "../lab/labels.ts";
import { lookUpLab, requireLab } from "../lab/session.ts";
import { waitFor } from "../lab/wait.ts";
import { etcdctl, put, rafts, status, tasks, untilManagers, untilReady } from "./swarm.ts";

const NAME = `e2e-${process.env.SUITE ?? "trixie"}`;
const environment = { ...process.env, LAB: NAME, MANAGERS: "3", WORKERS: "2" };
const run = promisify(execFile);
/** The lab's command line, as a person runs it. */
const command = (...words: string[]) =>
  run("npm", ["run", "-s", "lab", "--", ...words], { env: environment, maxBuffer: 1e8 });

let lab: Lab;
let hosts: Host[];
const host = (name: string): Host => {
  const found = hosts.find(candidate => candidate.name === name);
  if (!found) throw new Error(`no host ${name}`);
  return found;
};

beforeAll(async () => {
  await command("down");
  const { stdout, stderr } = await command("up");
  console.log(`${stderr}${stdout}`);
  lab = await requireLab(NAME);
  hosts = await lab.hosts();
}, 900_000);

afterAll(async () => {
  if (process.env.KEEP_LAB !== "1") await command("down");
}, 120_000);

describe("two cloud-configs become a cluster", () => {
  it("of one swarm of 5, with 3 managers that are the 3 etcd voters", async () => {
    const seen = await rafts(lab, host("h1"));
    expect(seen).toEqual({
      managers: ["h1", "h2", "h3"],
      voters: ["h1", "h2", "h3"],
      ready: ["h1", "h2", "h3", "h4", "h5"],
      nodes: 5,
      members: 3,
    });
  });

  it("whose workers have etcd on 127.0.0.1:2379, through a proxy", async () => {
    for (const worker of [host("h4"), host("h5")]) {
      expect(await etcdctl(worker, "endpoint health 2>&1")).toContain("is healthy");
      expect(await worker.out("systemctl is-active swarmkeeper-etcd-proxy.service")).toBe("active");
    }
  });

  it("and whose status is the same from every host", async () => {
    for (const each of hosts) {
      const seen = await status(each);
      expect(seen.ready).toBe(true);
      expect(seen.nodes.map(node => node.name)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
    }
    const table = await host("h5").out("swarmkeeper status");
    expect(table).toMatch(/^Cluster\s+Ready/m);
    expect(table).toMatch(/^h4\s.*worker\s.*proxy/m);
    expect(await host("h5").out("swarmkeeper plan")).toMatch(/nothing/i);
  });

  it("with one webhook-free document a host and nothing else: the release came by HTTP and its hash was checked", async () => {
    for (const each of hosts) {
      const [release] = (await each.out("ls /opt/swarmkeeper/releases")).split("\n");
      expect(release).toMatch(/^[0-9a-f]{64}$/);
      expect((await each.exec("command -v node npm")).code).not.toBe(0);
    }
  });
});

describe("spec/managers is followed", () => {
  let before: Record<string, string[]>;

  beforeAll(async () => {
    for (const each of hosts) await each.out("docker load -i /opt/lab/busybox.tar");
    await host("h1").out(
      "docker service create --detach --name web --mode global --stop-grace-period 1s --no-resolve-image busybox:lab sleep 1000000",
    );
    before = await waitFor("a task of web on each host", 60_000, async saw => {
      const seen = await tasks(hosts, "web");
      saw(JSON.stringify(seen));
      return Object.values(seen).every(ids => ids.length === 1) ? seen : undefined;
    });
  }, 120_000);

  const change = async (through: string, to: number, witness = "h1") => {
    await put(host(through), "managers", String(to));
    const managers = await untilManagers(lab, host(witness), to);
    await untilReady(host(through));
    expect(await tasks(hosts, "web")).toEqual(before);
    return managers;
  };

  it("up to 5, told to a worker's proxy: etcd learner, voter, and the swarm last", async () => {
    const from = Number(JSON.parse(await etcdctl(host("h5"), "get x -w json")).header.revision) + 1;
    expect(await change("h5", 5)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
    const history = await host("h1").exec(
      `ETCDCTL_API=3 timeout 3 etcdctl watch --rev=${from} /swarmkeeper/operation | grep -o '"step":"[^"]*"'`,
    );
    const steps = history.stdout
      .trim()
      .split("\n")
      .map(line => line.slice(8, -1));
    for (const name of ["h4", "h5"]) {
      const order = [
        `adding ${name} to etcd as a learner`,
        `promoting ${name} to etcd voter`,
        `promoting ${name} in the swarm`,
      ];
      const at = order.map(step => steps.lastIndexOf(step));
      expect(at, steps.join("\n")).toEqual([...at].sort((a, b) => a - b));
      expect(at[0]).toBeGreaterThanOrEqual(0);
    }
    for (const name of ["h4", "h5"]) {
      expect(await host(name).out("systemctl is-active swarmkeeper-etcd-member.service")).toBe("active");
      await waitFor(
        `the controller on ${name}`,
        30_000,
        async () => (await host(name).exec("systemctl is-active swarmkeeper-controller.service")).code === 0,
      );
    }
  });

  it("down to 3: out of the swarm's raft, out of etcd, data wiped, proxy again", async () => {
    const managers = await change("h1", 3);
    for (const each of hosts.filter(candidate => !managers.includes(candidate.name))) {
      expect(await each.out("systemctl is-active swarmkeeper-etcd-proxy.service")).toBe("active");
      expect((await each.exec("test -e /var/lib/swarmkeeper/etcd/member")).code).not.toBe(0);
      expect((await each.exec("systemctl is-active swarmkeeper-controller.service")).code).not.toBe(0);
      expect(await etcdctl(each, "endpoint health 2>&1")).toContain("is healthy");
    }
  });

  it("down to 1, and back to 3", async () => {
    const leader = await waitFor("the swarm's leader", 10_000, async () => {
      for (const each of hosts) {
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

describe("what is wrong in spec/managers changes nothing", () => {
  it.each([
    ["4", "4 managers tolerate no more failures than 3"],
    ["banana", "not a number"],
    ["9", "7"],
  ])("%s", async (value, reason) => {
    const witness = host((await status(host("h5"))).nodes.find(node => node.role === "manager")?.name ?? "");
    const before = await rafts(lab, witness);
    await put(host("h5"), "managers", value);
    const refused = await waitFor("the refusal in status", 15_000, async () =>
      (await status(host("h5"))).refused.find(entry => entry.value === value),
    );
    expect(`${refused.reason} ${refused.expected}`).toContain(reason);
    expect(refused.inForce).toBe("3");
    expect(await host("h5").out("swarmkeeper status")).toMatch(/^Refused .*in force: 3/m);
    const stored = JSON.parse(await etcdctl(host("h5"), "get --print-value-only /swarmkeeper/status/spec/managers"));
    expect(stored).toMatchObject({ inForce: "3", refused: { value } });
    const logs = await Promise.all(
      hosts.map(each => each.exec("journalctl -u swarmkeeper-controller -o cat | grep refused")),
    );
    expect(logs.map(log => log.stdout).join("\n")).toContain(`refused \\"${value}\\"`);
    expect(await rafts(lab, witness)).toEqual(before);
  });

  it("and the next good value is taken", async () => {
    await put(host("h5"), "managers", "3");
    await waitFor("no refusal in status", 15_000, async () => (await status(host("h5"))).refused.length === 0);
  });
});

describe("hosts come and go", () => {
  it("a manager.yml booted a fourth time joins as a worker that can be promoted", async () => {
    await command("add", "manager");
    hosts = await lab.hosts();
    const seen = await waitFor("h6 to be settled", 120_000, async () => {
      const now = await status(host("h5"));
      const h6 = now.nodes.find(node => node.name === "h6");
      return h6?.phase === "running" && now.ready ? h6 : undefined;
    });
    expect(seen).toMatchObject({ role: "worker", etcd: "proxy", swarm: "ready" });
  });

  it("a worker that shuts down says goodbye: registration gone, left the swarm; after boot it is back", async () => {
    const workers = (await status(host("h5"))).nodes.filter(node => node.role === "worker");
    const worker = host(workers[0]?.name ?? "");
    const witness = host((await status(worker)).nodes.find(node => node.role === "manager")?.name ?? "");
    await worker.stop();
    const gone = await waitFor("its registration to be gone", 20_000, async () => {
      const keys = await etcdctl(witness, "get --prefix --keys-only /swarmkeeper/nodes/");
      return !keys.includes(workers[0]?.id ?? "?");
    });
    expect(gone).toBe(true);
    await waitFor(
      "its node record to be swept",
      60_000,
      async () => (await rafts(lab, witness)).nodes === hosts.length - 1,
    );
    await worker.start();
    await waitFor("it to be in the swarm again, with no record left over", 120_000, async saw => {
      const now = await rafts(lab, witness);
      saw(JSON.stringify(now));
      return now.ready.includes(worker.name) && now.nodes === hosts.length;
    });
    await untilReady(witness);
  });

  it("a manager that reboots is taken back as it was", async () => {
    const managers = (await status(host("h5"))).nodes.filter(node => node.role === "manager").map(node => node.name);
    const rebooted = host(managers[0] ?? "");
    const witness = host(managers[1] ?? "");
    const before = await rafts(lab, witness);
    await rebooted.stop();
    await rebooted.start();
    await waitFor("both rafts to be whole", 180_000, async saw => {
      const now = await rafts(lab, witness);
      saw(JSON.stringify(now));
      return now.managers.join() === before.managers.join() && now.voters.join() === before.voters.join();
    });
    await untilReady(witness);
  });

  it("a host in a swarm of its own is refused, and says what to do", async () => {
    const worker = host((await status(host("h5"))).nodes.find(node => node.role === "worker")?.name ?? "");
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

describe("down", () => {
  it("leaves nothing behind", async () => {
    if (process.env.KEEP_LAB === "1") return;
    const subnet = lab.network.subnet.replace(/0\/24$/, "");
    await command("down");
    expect(await lookUpLab(NAME).catch(() => undefined)).toBeUndefined();
    const engine = await findEngine();
    const filters = { label: [`${LABELS.lab}=${NAME}`] };
    expect((await engine?.docker.listContainers({ all: true, filters })) ?? []).toEqual([]);
    expect((await engine?.docker.listNetworks({ filters })) ?? []).toEqual([]);
    const addresses = Object.values(networkInterfaces()).flat();
    expect(addresses.filter(one => one?.address.startsWith(subnet))).toEqual([]);
    const mounts = await readFile("/proc/mounts", "utf8").catch(() => "");
    expect(engine === undefined ? mounts : "").not.toContain("swarmkeeper-lab");
  });
});

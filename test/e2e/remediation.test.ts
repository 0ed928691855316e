// Managers that die, stall, lose the network or come back, on real hosts with a running service. Dead managers are
// replaced, others are not, and no change risks a quorum. The tests build on each other.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import { labScenario } from "./lab-scenario.ts";
import { gatherLeaderships, leaders } from "./leaders.ts";
import { replacing } from "./replacement.ts";
import { etcdctl, put, rafts, status, untilReady } from "./swarm.ts";

const GRACE_S = 15;
/** Settings under spec/remediation. */
const SETTINGS = { "grace-seconds": String(GRACE_S), enabled: "true", reset: "after a failed test" };

const scenario = labScenario("trixie", "death");
const { witnessExcept, untilReplaced, untilWorker, runService } = replacing(scenario);

const events = (host: Host) => host.out("swarmkeeper events");

beforeAll(async () => {
  await put(scenario.host("h1"), "remediation/grace-seconds", String(GRACE_S));
  await runService(scenario.host("h1"));
}, 180_000);

// A failed test must not make the next ones fail.
afterEach(async ({ task }) => {
  for (const host of scenario.hosts()) {
    await host.start();
    await host.resume();
    await host.heal();
  }
  if (task.result?.state !== "fail") return;
  const witness = await witnessExcept();
  await waitFor("the settings to be put", 60_000, async () => {
    for (const [name, value] of Object.entries(SETTINGS)) await put(witness, `remediation/${name}`, value);
    return true;
  });
  await untilReady(witness);
}, 300_000);

describe("a dead manager is replaced", () => {
  it("a dead follower is replaced after its grace, events show each step, and it returns as a worker", async () => {
    const now = await leaders(scenario.hosts(), scenario.host("h1"));
    const managers = (await rafts(scenario.lab(), scenario.host("h1"))).managers;
    const dead = scenario.host(managers.find(name => ![now.swarm, now.etcd, now.controller].includes(name)) ?? "h3");
    const witness = await witnessExcept(dead.name);
    await dead.kill();
    const waiting = await waitFor(
      "swarmkeeper status to show what it waits for",
      30_000,
      async () => /^Waiting +.*/m.exec(await witness.out("swarmkeeper status"))?.[0],
    );
    expect(waiting).toMatch(
      new RegExp(
        `${dead.name}: unreachable; then: remove it from etcd and swarm, promote h\\d · \\d+ s of ${GRACE_S} s`,
      ),
    );
    await untilReplaced(witness, dead.name);
    const all = await events(witness);
    const timeline = all.slice(all.indexOf(`${dead.name} is unreachable`));
    const order = [
      new RegExp(`${dead.name} is unreachable`),
      new RegExp(`in the place of ${dead.name}`),
      new RegExp(`removing ${dead.name} from etcd`),
      new RegExp(`demoting ${dead.name} in the swarm`),
      new RegExp(`removing ${dead.name}, which is dead, from the swarm's nodes`),
      /adding h\d to etcd as a learner/,
      /promoting h\d to etcd voter/,
      /promoting h\d in the swarm/,
      new RegExp(`is a manager now, in the place of ${dead.name}`),
    ].map(line => timeline.search(line));
    expect(order, timeline).not.toContain(-1);
    expect(order, timeline).toEqual([...order].sort((a, b) => a - b));
    await dead.start();
    await untilWorker(witness, dead);
  });

  it("a dead node that led the swarm, etcd and the controllers is replaced", async () => {
    const first = await witnessExcept();
    const dead = scenario.host(await gatherLeaderships(scenario.hosts(), first));
    const witness = await witnessExcept(dead.name);
    await dead.kill();
    await untilReplaced(witness, dead.name);
    await dead.start();
    await untilWorker(witness, dead);
  });

  it("a manager that returns within its grace is not replaced", async () => {
    const witness = await witnessExcept();
    const before = await rafts(scenario.lab(), witness);
    const away = scenario.host(before.managers.find(name => name !== witness.name) ?? "");
    // Long enough for a busy machine to boot a host.
    await put(witness, "remediation/grace-seconds", "120");
    await away.kill();
    await waitFor("it to be unreachable", 30_000, async () =>
      (await witness.out("swarmkeeper status")).includes(`${away.name}: unreachable`),
    );
    await away.start();
    await untilReady(witness);
    expect(await rafts(scenario.lab(), witness)).toEqual(before);
    await put(witness, "remediation/grace-seconds", String(GRACE_S));
  });

  it("a dead manager is not replaced while remediation is off, and status says why", async () => {
    const witness = await witnessExcept();
    const before = await rafts(scenario.lab(), witness);
    const away = scenario.host(before.managers.find(name => name !== witness.name) ?? "");
    await put(witness, "remediation/enabled", "false");
    await away.kill();
    await waitFor("status to say why it is not replaced", 30_000, async () =>
      (await witness.out("swarmkeeper status")).includes("not replaced: spec/remediation/enabled is false"),
    );
    // Only time can show that nothing happens.
    await new Promise(resolve => setTimeout(resolve, (GRACE_S + 5) * 1000));
    expect((await rafts(scenario.lab(), witness)).voters).toEqual(before.voters);
    await away.start();
    await untilReady(witness);
    await put(witness, "remediation/enabled", "true");
  });
});

describe("two of three managers dead", () => {
  it("without quorum nothing changes, the survivor prints the remedy, and a returned manager restores it", async () => {
    const survivor = await witnessExcept();
    const { managers } = await rafts(scenario.lab(), survivor);
    const [one, two] = managers.filter(name => name !== survivor.name).map(name => scenario.host(name));
    if (!one || !two) throw new Error("there are three managers");
    const members = await etcdctl(survivor, "member list");
    await Promise.all([one.kill(), two.kill()]);
    await waitFor("the survivor to log the remedy", 90_000, async saw => {
      const { stdout } = await survivor.exec("journalctl -u swarmkeeper-controller -o cat --since -90s");
      saw(stdout.slice(-500));
      return /quorum/.test(stdout) && /force-new-cluster/.test(stdout);
    });
    const shown = await survivor.exec("swarmkeeper status");
    expect(`${shown.stdout}${shown.stderr}`).toMatch(/quorum/);
    expect(`${shown.stdout}${shown.stderr}`).toMatch(/force-new-cluster/);
    expect(await survivor.out("systemctl is-active swarmkeeper-controller.service")).toBe("active");
    await one.start();
    await waitFor(
      "etcd to have its quorum again",
      60_000,
      async () => (await etcdctl(survivor, "member list")) === members,
    );
    await untilReplaced(survivor, two.name);
    await two.start();
    await untilWorker(survivor, two);
  });
});

describe("a manager that is alive and cannot act", () => {
  it("a leader that is cut off changes nothing, and after it is healed there is one leader and one swarm", async () => {
    const first = await witnessExcept();
    const { controller } = await leaders(scenario.hosts(), first);
    const cut = scenario.host(controller);
    const witness = await witnessExcept(cut.name);
    await cut.cut();
    await waitFor("another controller to lead", 60_000, async () => {
      return (await leaders(scenario.hosts(), witness)).controller !== cut.name;
    });
    await cut.heal();
    // For a moment the status is still the last one before the cut, which says "ready".
    await waitFor("both rafts to have all managers, and one swarm node per host", 90_000, async saw => {
      const now = await rafts(scenario.lab(), witness);
      saw(JSON.stringify(now));
      const same = now.managers.length === 3 && now.voters.join() === now.managers.join();
      return same && now.members === 3 && now.nodes === scenario.hosts().length;
    });
    await untilReady(witness);
  });

  it("a leading controller that was paused longer than its lease writes nothing when it resumes", async () => {
    const first = await witnessExcept();
    const { controller } = await leaders(scenario.hosts(), first);
    const paused = scenario.host(controller);
    const witness = await witnessExcept(paused.name);
    const pid = await paused.out("systemctl show -p MainPID --value swarmkeeper-controller.service");
    await paused.out(`kill -STOP ${pid}`);
    const next = await waitFor("another controller to lead", 60_000, async () => {
      const record = await etcdctl(witness, "get --print-value-only /swarmkeeper/leader");
      return record !== "" && !record.includes(`"${paused.name}"`) ? record : undefined;
    });
    await paused.out(`kill -CONT ${pid}`);
    await waitFor("the deposed controller to log it", 30_000, async () => {
      const { stdout } = await paused.exec("journalctl -u swarmkeeper-controller -o cat --since -60s");
      return stdout.includes("no longer leading");
    });
    expect(await etcdctl(witness, "get --print-value-only /swarmkeeper/leader")).toBe(next);
    await untilReady(witness);
  });
});

describe("a candidate that does not start etcd", () => {
  it("a failed candidate is rolled back, others follow until the circuit breaker trips, and a reset closes it", async () => {
    const witness = await witnessExcept();
    await put(witness, "remediation/candidate-seconds", "30");
    await put(witness, "remediation/attempts", "1");
    const workers = (await status(witness)).nodes
      .filter(node => node.role === "worker")
      .map(node => scenario.host(node.name));
    // No worker can start etcd, so the first candidate fails.
    const statusText = () => witness.out("swarmkeeper status");
    const { managers } = await rafts(scenario.lab(), witness);
    const dead = scenario.host(managers.find(name => name !== witness.name) ?? "");
    for (const worker of workers)
      await worker.out(
        "mkdir -p /run/systemd/system/swarmkeeper-etcd-member.service.d && printf '[Service]\\nExecStartPre=/bin/false\\n' >/run/systemd/system/swarmkeeper-etcd-member.service.d/broken.conf && systemctl daemon-reload",
      );
    await dead.kill();
    await waitFor("the circuit breaker to trip", 150_000, async saw => {
      const output = await statusText();
      saw(output);
      return output.includes("failed to come up");
    });
    for (const worker of workers)
      await worker.out("rm -r /run/systemd/system/swarmkeeper-etcd-member.service.d && systemctl daemon-reload");
    expect((await rafts(scenario.lab(), witness)).members).toBeLessThanOrEqual(3);
    await put(witness, "remediation/reset", "fixed");
    await waitFor("three managers again", 120_000, async saw => {
      const now = await rafts(scenario.lab(), witness);
      saw(JSON.stringify(now));
      return now.managers.length === 3 && now.voters.length === 3 && !now.managers.includes(dead.name);
    });
    await dead.start();
    await untilWorker(witness, dead);
  });
});

// The last test: the dead managers must not come back from their disks.
describe("two of three managers lost permanently", () => {
  it("the commands that the survivor prints restore a complete cluster from it", async () => {
    const survivor = await witnessExcept();
    const { managers } = await rafts(scenario.lab(), survivor);
    const lost = managers.filter(name => name !== survivor.name).map(name => scenario.host(name));
    await Promise.all(lost.map(host => host.kill()));
    const steps = await waitFor("the survivor to print the commands", 90_000, async saw => {
      const { stdout, stderr } = await survivor.exec("swarmkeeper status");
      saw(`${stdout}${stderr}`);
      const [, commands] = /as root:\n((?: {2}.*\n)+)/.exec(`${stdout}${stderr}`) ?? [];
      return commands?.includes("docker swarm init") && commands.includes("FORCE_NEW_CLUSTER") ? commands : undefined;
    });
    await survivor.out(`set -e\n${steps}`, { timeoutMs: 120_000 });
    await waitFor("three managers again", 120_000, async saw => {
      const now = await rafts(scenario.lab(), survivor);
      saw(JSON.stringify(now));
      return now.managers.length === 3 && now.managers.join() === now.voters.join() && now.members === 3;
    });
    await untilReady(survivor);
  });
});

// Managers that die, stall, lose the network or come back, on real hosts with a service running: who is dead is
// replaced, who is not is left alone, and nothing is done that could cost a quorum. The tests build on each other.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../lab/host.ts";
import { waitFor } from "../lab/wait.ts";
import { gatherLeaderships, leaders } from "./leaders.ts";
import { replacing } from "./replacing.ts";
import { labStory } from "./story.ts";
import { etcdctl, put, rafts, status, untilReady } from "./swarm.ts";

const GRACE_S = 15;
/** Below spec/remediation. */
const SETTINGS = { "grace-seconds": String(GRACE_S), enabled: "true", reset: "after a failed test" };

const story = labStory("trixie", "death");
const { witnessBesides, untilReplaced, untilWorker, runService } = replacing(story);

const events = (host: Host) => host.out("swarmkeeper events");

beforeAll(async () => {
  await put(story.host("h1"), "remediation/grace-seconds", String(GRACE_S));
  await runService(story.host("h1"));
}, 180_000);

// One story that went wrong is not to make the next ones go wrong.
afterEach(async ({ task }) => {
  for (const host of story.hosts()) {
    await host.start();
    await host.resume();
    await host.heal();
  }
  if (task.result?.state !== "fail") return;
  const witness = await witnessBesides();
  await waitFor("the settings of all stories to be put", 60_000, async () => {
    for (const [name, value] of Object.entries(SETTINGS)) await put(witness, `remediation/${name}`, value);
    return true;
  });
  await untilReady(witness);
}, 300_000);

describe("a dead manager is replaced", () => {
  it("a follower: waited for, taken out, a worker in its place; the story is in events; back, it is a worker", async () => {
    const now = await leaders(story.hosts(), story.host("h1"));
    const managers = (await rafts(story.lab(), story.host("h1"))).managers;
    const dead = story.host(managers.find(name => ![now.swarm, now.etcd, now.controller].includes(name)) ?? "h3");
    const witness = await witnessBesides(dead.name);
    await dead.kill();
    const said = await waitFor(
      "status to say what is waited for",
      30_000,
      async () => /^Waiting +.*/m.exec(await witness.out("swarmkeeper status"))?.[0],
    );
    expect(said).toMatch(
      new RegExp(
        `${dead.name}: unreachable; then: remove it from etcd and swarm, promote h\\d · \\d+ s of ${GRACE_S} s`,
      ),
    );
    await untilReplaced(witness, dead.name);
    const all = await events(witness);
    const told = all.slice(all.indexOf(`${dead.name} is missed`));
    const order = [
      new RegExp(`${dead.name} is missed: unreachable`),
      new RegExp(`in the place of ${dead.name}`),
      new RegExp(`removing ${dead.name} from etcd`),
      new RegExp(`demoting ${dead.name} in the swarm`),
      new RegExp(`removing ${dead.name}, which is dead, from the swarm's nodes`),
      /adding h\d to etcd as a learner/,
      /promoting h\d to etcd voter/,
      /promoting h\d in the swarm/,
      new RegExp(`is a manager now, in the place of ${dead.name}`),
    ].map(line => told.search(line));
    expect(order, told).not.toContain(-1);
    expect(order, told).toEqual([...order].sort((a, b) => a - b));
    await dead.start();
    await untilWorker(witness, dead);
  });

  it("the leader of the swarm, of etcd and of the controllers in one", async () => {
    const first = await witnessBesides();
    const dead = story.host(await gatherLeaderships(story.hosts(), first));
    const witness = await witnessBesides(dead.name);
    await dead.kill();
    await untilReplaced(witness, dead.name);
    await dead.start();
    await untilWorker(witness, dead);
  });

  it("not when it is back within its grace", async () => {
    const witness = await witnessBesides();
    const before = await rafts(story.lab(), witness);
    const away = story.host(before.managers.find(name => name !== witness.name) ?? "");
    // Long enough for a busy machine to boot a host.
    await put(witness, "remediation/grace-seconds", "120");
    await away.kill();
    await waitFor("it to be missed", 30_000, async () =>
      (await witness.out("swarmkeeper status")).includes(`${away.name}: unreachable`),
    );
    await away.start();
    await untilReady(witness);
    expect(await rafts(story.lab(), witness)).toEqual(before);
    await put(witness, "remediation/grace-seconds", String(GRACE_S));
  });

  it("not while remediation is off, and status says so", async () => {
    const witness = await witnessBesides();
    const before = await rafts(story.lab(), witness);
    const away = story.host(before.managers.find(name => name !== witness.name) ?? "");
    await put(witness, "remediation/enabled", "false");
    await away.kill();
    await waitFor("status to say so", 30_000, async () =>
      (await witness.out("swarmkeeper status")).includes("not replaced: spec/remediation/enabled is false"),
    );
    await new Promise(resolve => setTimeout(resolve, (GRACE_S + 5) * 1000)); // nothing must happen: only time can tell
    expect((await rafts(story.lab(), witness)).voters).toEqual(before.voters);
    await away.start();
    await untilReady(witness);
    await put(witness, "remediation/enabled", "true");
  });
});

describe("two of three managers dead", () => {
  it("nothing is touched, the survivor says what to do, and with one of them back all goes on", async () => {
    const survivor = await witnessBesides();
    const { managers } = await rafts(story.lab(), survivor);
    const [one, two] = managers.filter(name => name !== survivor.name).map(name => story.host(name));
    if (!one || !two) throw new Error("there are three managers");
    const members = await etcdctl(survivor, "member list");
    await Promise.all([one.kill(), two.kill()]);
    await waitFor("the survivor to say what to do", 90_000, async saw => {
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

describe("a manager that is there and cannot act", () => {
  it("cut off, it does nothing on its own; healed, there is one leader and one swarm", async () => {
    const first = await witnessBesides();
    const { controller } = await leaders(story.hosts(), first);
    const cut = story.host(controller);
    const witness = await witnessBesides(cut.name);
    await cut.cut();
    await waitFor("another controller to lead", 60_000, async () => {
      return (await leaders(story.hosts(), witness)).controller !== cut.name;
    });
    await cut.heal();
    // What the last leader reported before the cut would say "ready" for a moment.
    await waitFor("both rafts to be whole, with no node more than hosts", 90_000, async saw => {
      const now = await rafts(story.lab(), witness);
      saw(JSON.stringify(now));
      const same = now.managers.length === 3 && now.voters.join() === now.managers.join();
      return same && now.members === 3 && now.nodes === story.hosts().length;
    });
    await untilReady(witness);
  });

  it("paused longer than its lease, the leading controller commits nothing when it wakes", async () => {
    const first = await witnessBesides();
    const { controller } = await leaders(story.hosts(), first);
    const paused = story.host(controller);
    const witness = await witnessBesides(paused.name);
    const pid = await paused.out("systemctl show -p MainPID --value swarmkeeper-controller.service");
    await paused.out(`kill -STOP ${pid}`);
    const next = await waitFor("another controller to lead", 60_000, async () => {
      const record = await etcdctl(witness, "get --print-value-only /swarmkeeper/leader");
      return record !== "" && !record.includes(`"${paused.name}"`) ? record : undefined;
    });
    await paused.out(`kill -CONT ${pid}`);
    await waitFor("the deposed one to say so", 30_000, async () => {
      const { stdout } = await paused.exec("journalctl -u swarmkeeper-controller -o cat --since -60s");
      return stdout.includes("no longer leading");
    });
    expect(await etcdctl(witness, "get --print-value-only /swarmkeeper/leader")).toBe(next);
    await untilReady(witness);
  });
});

describe("a candidate that does not come up", () => {
  it("is given back, another takes the place; too many open the breaker, which the operator closes", async () => {
    const witness = await witnessBesides();
    await put(witness, "remediation/candidate-seconds", "30");
    await put(witness, "remediation/attempts", "1");
    const workers = (await status(witness)).nodes
      .filter(node => node.role === "worker")
      .map(node => story.host(node.name));
    // Whichever is chosen first cannot start etcd.
    const plan = () => witness.out("swarmkeeper status");
    const { managers } = await rafts(story.lab(), witness);
    const dead = story.host(managers.find(name => name !== witness.name) ?? "");
    for (const worker of workers)
      await worker.out(
        "mkdir -p /run/systemd/system/swarmkeeper-etcd-member.service.d && printf '[Service]\\nExecStartPre=/bin/false\\n' >/run/systemd/system/swarmkeeper-etcd-member.service.d/broken.conf && systemctl daemon-reload",
      );
    await dead.kill();
    await waitFor("the breaker to open", 150_000, async saw => {
      const said = await plan();
      saw(said);
      return said.includes("failed to come up");
    });
    for (const worker of workers)
      await worker.out("rm -r /run/systemd/system/swarmkeeper-etcd-member.service.d && systemctl daemon-reload");
    expect((await rafts(story.lab(), witness)).members).toBeLessThanOrEqual(3);
    await put(witness, "remediation/reset", "mended");
    await waitFor("three managers again", 120_000, async saw => {
      const now = await rafts(story.lab(), witness);
      saw(JSON.stringify(now));
      return now.managers.length === 3 && now.voters.length === 3 && !now.managers.includes(dead.name);
    });
    await dead.start();
    await untilWorker(witness, dead);
  });
});

// The last one: the dead must not come back from their disks.
describe("two of three managers gone for good", () => {
  it("what the survivor prints, typed as it stands, makes a whole cluster of it again", async () => {
    const survivor = await witnessBesides();
    const { managers } = await rafts(story.lab(), survivor);
    const lost = managers.filter(name => name !== survivor.name).map(name => story.host(name));
    await Promise.all(lost.map(host => host.kill()));
    const steps = await waitFor("the survivor to say what to type", 90_000, async saw => {
      const { stdout, stderr } = await survivor.exec("swarmkeeper status");
      saw(`${stdout}${stderr}`);
      const [, commands] = /as root:\n((?: {2}.*\n)+)/.exec(`${stdout}${stderr}`) ?? [];
      return commands?.includes("docker swarm init") && commands.includes("FORCE_NEW_CLUSTER") ? commands : undefined;
    });
    await survivor.out(`set -e\n${steps}`, { timeoutMs: 120_000 });
    await waitFor("three managers again", 120_000, async saw => {
      const now = await rafts(story.lab(), survivor);
      saw(JSON.stringify(now));
      return now.managers.length === 3 && now.managers.join() === now.voters.join() && now.members === 3;
    });
    await untilReady(survivor);
  });
});

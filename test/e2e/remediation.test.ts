// Managers that die, stall, lose the network or come back, on real hosts with a running service. Dead managers are
// replaced, others are not, and no change risks a quorum. The tests build on each other.
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Event } from "../../crd-like-specs/resources/event.ts";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import { labScenario } from "./lab-scenario.ts";
import { gatherLeaderships, leaders } from "./leaders.ts";
import { replacing } from "./replacement.ts";
import { etcdctl, events, hasFields, put, rafts, status, untilManagers, untilReady } from "./swarm.ts";

const GRACE_S = 15;
const UNREACHABLE = { reason: "ManagerUnreachable", topic: "managers" } as const;
/** Settings under spec/remediation. */
const SETTINGS = { "grace-seconds": String(GRACE_S), enabled: "true", reset: "after a failed test" };

const scenario = labScenario("trixie", "death");
const { witnessExcept, untilReplaced, untilWorker, runService } = replacing(scenario);

/** What the leader waits for because of this node, as `swarmkeeper status` on a host reports it. */
const waitingFor = async (host: Host, name: string) => (await status(host)).waiting.find(({ what }) => what === name);

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
    // The grace and the successor are named before anything is changed.
    expect(waiting).toMatch(new RegExp(`${dead.name}: .*\\bh\\d\\b.* · \\d+ s of ${GRACE_S} s`));
    expect(await waitingFor(witness, dead.name)).toMatchObject({ reason: "Unreachable" });
    await untilReplaced(witness, dead.name);
    const all = await events(witness);
    const timeline = all.slice(all.findIndex(event => hasFields(event, UNREACHABLE) && event.node === dead.name));
    const started = timeline.find(event => hasFields(event, { reason: "OperationStarted", topic: "remediation" }));
    const successor = started?.node;
    expect(successor).not.toBe(dead.name);
    const order = [
      { ...UNREACHABLE, node: dead.name },
      { reason: "OperationStarted", topic: "remediation", node: successor },
      { reason: "EtcdMemberRemoved", node: dead.name },
      { reason: "SwarmManagerDemoted", node: dead.name },
      { reason: "SwarmNodeRemoved", node: dead.name },
      { reason: "EtcdLearnerAdded", node: successor },
      { reason: "EtcdVoterPromoted", node: successor },
      { reason: "SwarmManagerPromoted", node: successor },
      { reason: "OperationCompleted", topic: "remediation", node: successor },
    ] satisfies Partial<Event>[];
    const at = order.map(fields => timeline.findIndex(event => hasFields(event, fields)));
    const seen = timeline.map(({ reason, node }) => `${reason} ${node}`).join("\n");
    expect(at, seen).not.toContain(-1);
    expect(at, seen).toEqual([...at].sort((a, b) => a - b));
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
    await waitFor(
      "it to be unreachable",
      30_000,
      async () => (await waitingFor(witness, away.name))?.reason === "Unreachable",
    );
    await away.start();
    await untilReady(witness);
    expect(await rafts(scenario.lab(), witness)).toEqual(before);
    await put(witness, "remediation/grace-seconds", String(GRACE_S));
  });

  it("a dead manager is not replaced while remediation is off, and status shows why", async () => {
    const witness = await witnessExcept();
    const before = await rafts(scenario.lab(), witness);
    const away = scenario.host(before.managers.find(name => name !== witness.name) ?? "");
    await put(witness, "remediation/enabled", "false");
    await away.kill();
    await waitFor("status to show why it is not replaced", 30_000, async () => {
      const waiting = await waitingFor(witness, away.name);
      return waiting?.reason === "NotReplaced" && waiting.why.includes("spec/remediation/enabled");
    });
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
    // For a moment the status is still the last one before the cut, which reports "ready".
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
      return /no longer lead/.test(stdout);
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
    const { managers } = await rafts(scenario.lab(), witness);
    const dead = scenario.host(managers.find(name => name !== witness.name) ?? "");
    for (const worker of workers)
      await worker.out(
        "mkdir -p /run/systemd/system/swarmkeeper-etcd-member.service.d && printf '[Service]\\nExecStartPre=/bin/false\\n' >/run/systemd/system/swarmkeeper-etcd-member.service.d/broken.conf && systemctl daemon-reload",
      );
    await dead.kill();
    await waitFor("the circuit breaker to trip", 150_000, async saw => {
      const { conditions } = await status(witness);
      saw(conditions.map(({ message }) => message).join("; "));
      return conditions.some(({ type }) => type === "CircuitBreakerTripped");
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
      // Commands are indented, sentences are not.
      const blocks = `${stdout}${stderr}`.match(/(?:^ {2}.*\n)+/gm) ?? [];
      return blocks.find(block => block.includes("docker swarm init") && block.includes("FORCE_NEW_CLUSTER"));
    });
    await survivor.out(`set -e\n${steps}`, { timeoutMs: 120_000 });
    await untilManagers(scenario.lab(), survivor, 3, 120_000);
    await untilReady(survivor);
  });
});

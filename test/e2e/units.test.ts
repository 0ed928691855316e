// Units that etcdctl changes in a running cluster: rolled out to the workers one at a time, canary first; halted and
// reverted if they do not start; kept on nodes without etcd, agent or controller. The tests build on each other.
import { beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import { drainsHosts } from "./draining.ts";
import { labScenario } from "./lab-scenario.ts";
import { put, status, untilReady } from "./swarm.ts";
import { runsUnitCommands } from "./units-commands.ts";
import { rejectsBadUnits } from "./units-rejected.ts";
import * as web from "./web-unit.ts";
import { isActive, logOf, putFile, webUnit } from "./web-unit.ts";

const scenario = labScenario("trixie", "units", 5);
const WORKERS = ["h4", "h5", "h6", "h7", "h8"];
const MANAGERS = ["h1", "h2", "h3"];
/** How long a node must be healthy before the next one is changed. */
const HEALTHY_S = 1;
const workers = () => WORKERS.map(name => scenario.host(name));
const managers = () => MANAGERS.map(name => scenario.host(name));
const untilRolled = (marker: string, on: readonly Host[] = workers()) =>
  web.untilRolled(marker, on, scenario.host("h1"));

/** Expects that each node started only after the previous one had been healthy for HEALTHY_S. */
function expectOneAtATime(starts: readonly number[]): void {
  for (const [index, time] of starts.slice(1).entries())
    expect(time - (starts[index] ?? 0)).toBeGreaterThan(HEALTHY_S * 1000);
}

beforeAll(async () => {
  await untilReady(scenario.host("h1"));
  await put(scenario.host("h1"), "rollout/min-healthy-seconds", String(HEALTHY_S));
}, 240_000);

describe("a new unit", () => {
  it("a new unit starts on one worker after another, each healthy before the next, and on no manager", async () => {
    const h4 = scenario.host("h4");
    await putFile(h4, "web.service", webUnit("one"));
    await put(h4, "units/worker", "web.service");
    const sorted = [...(await untilRolled("one")).values()];
    expectOneAtATime(sorted);
    expect(await isActive(scenario.host("h1"), "web.service")).not.toBe("active");
    const events = await scenario.host("h1").out("swarmkeeper events");
    expect(events).toMatch(/revision \d+ is rolled out: web\.service/);
    expect(events).toMatch(/all hosts run revision \d+ of their units/);
  });

  it("a unit with a new text is stopped by its old ExecStop and started", async () => {
    const h4 = scenario.host("h4");
    await putFile(h4, "web.service", webUnit("two"));
    await untilRolled("two");
    for (const host of workers())
      expect((await logOf(host)).map(line => line.split(" ").slice(0, 2).join(" "))).toEqual([
        "start one",
        "stop one",
        "start two",
      ]);
  });

  it("a new order restarts no unit, and a unit removed from the list is stopped and its file deleted", async () => {
    const h4 = scenario.host("h4");
    await putFile(h4, "side.service", webUnit("side"));
    await put(h4, "units/worker", "web.service, side.service");
    await untilRolled("side");
    const before = await logOf(h4);
    await put(h4, "units/worker", "side.service, web.service");
    await waitFor("the other order to be rolled out", 120_000, async saw => {
      const events = await scenario.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /another order[\s\S]*all hosts run revision/.test(events);
    });
    expect(await logOf(h4)).toEqual(before);
    await put(h4, "units/worker", "web.service");
    await waitFor("side.service to be deleted on all workers", 120_000, async () => {
      const left = await Promise.all(workers().map(host => host.exec("test -e /etc/systemd/system/side.service")));
      return left.every(({ code }) => code !== 0);
    });
    for (const host of workers()) expect(await logOf(host)).toContain("stop side");
    await untilReady(scenario.host("h1"));
  });
});

describe("a unit that does not start", () => {
  it("a failing unit halts the rollout at the canary, with the reason in status and events", async () => {
    const h4 = scenario.host("h4");
    await putFile(h4, "web.service", webUnit("bad").replace("/bin/sleep 100000", "/bin/false"));
    const halted = await waitFor("the rollout to halt", 120_000, async saw => {
      const { stdout } = await scenario.host("h1").exec("swarmkeeper status");
      saw(stdout);
      return /halted: .*/.exec(stdout)?.[0];
    });
    expect(halted).toContain("web.service");
    expect(await scenario.host("h1").out("swarmkeeper events")).toContain("has halted");
    const running = await Promise.all(workers().map(host => isActive(host, "web.service")));
    expect(running.filter(state => state === "active")).toHaveLength(WORKERS.length - 1);
    await putFile(h4, "web.service", webUnit("three"));
    await untilRolled("three");
  });

  it("a failed rollout is reverted if spec/rollout/on-failure is revert", async () => {
    const h4 = scenario.host("h4");
    await put(h4, "rollout/on-failure", "revert");
    await putFile(h4, "web.service", webUnit("worse").replace("/bin/sleep 100000", "/bin/false"));
    await waitFor("the rollout to be reverted", 120_000, async saw => {
      const events = await scenario.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /is taken back: hosts return to revision/.test(events);
    });
    await waitFor("all workers to run the last good revision", 120_000, async () => {
      const states = await Promise.all(workers().map(host => isActive(host, "web.service")));
      return states.every(state => state === "active");
    });
    await put(h4, "rollout/on-failure", "pause");
    await putFile(h4, "web.service", webUnit("four"));
    await untilRolled("four");
  });
});

describe("a rollout while a part of the cluster is down", () => {
  it("a rollout skips a node that is down, and the node catches up after its return", async () => {
    const away = scenario.host("h8");
    await away.kill();
    await waitFor("its lease to run out", 60_000, async () => {
      const seen = (await status(scenario.host("h1"))).nodes.find(({ name }) => name === "h8");
      return seen?.phase === "gone" || seen?.phase === "absent" || seen?.swarm?.state === "down";
    });
    await putFile(scenario.host("h4"), "web.service", webUnit("five"));
    await untilRolled(
      "five",
      workers().filter(({ name }) => name !== "h8"),
    );
    await away.start();
    await untilRolled("five");
  });

  it("a rollout continues after all controllers were killed", async () => {
    await putFile(scenario.host("h4"), "web.service", webUnit("six"));
    await waitFor("the canary", 60_000, async () => {
      const logs = await Promise.all(workers().map(logOf));
      return logs.some(log => log.some(line => line.startsWith("start six")));
    });
    for (const host of managers()) await host.exec("systemctl kill -s KILL swarmkeeper-controller");
    await untilRolled("six");
    for (const host of workers())
      expect((await logOf(host)).filter(line => line.startsWith("start six"))).toHaveLength(1);
  });

  it("agents killed while they change units leave no partial file and start no unit twice", async () => {
    await put(scenario.host("h4"), "rollout/max-unavailable", "5");
    await putFile(scenario.host("h4"), "web.service", webUnit("seven"));
    const rolled = untilRolled("seven").then(() => "rolled" as const);
    let state: "rolled" | "rolling" = "rolling";
    for (let kills = 0; kills < 40 && state === "rolling"; kills += 1) {
      for (const host of workers())
        await host.exec("systemctl kill -s KILL swarmkeeper-agent; systemctl reset-failed swarmkeeper-agent");
      const moment = new Promise<"rolling">(resolve => setTimeout(resolve, 700 + kills * 100, "rolling"));
      state = await Promise.race([rolled, moment]);
    }
    await rolled;
    for (const host of workers()) {
      expect((await logOf(host)).filter(line => line.startsWith("start seven"))).toHaveLength(1);
      expect(await host.out("cat /etc/systemd/system/web.service")).toBe(webUnit("seven").trim());
    }
    await put(scenario.host("h4"), "rollout/max-unavailable", "1");
  });

  it("units keep running without etcd, and a node that reboots meanwhile starts its last known units", async () => {
    for (const host of managers()) await host.pause();
    const rebooted = scenario.host("h5");
    await rebooted.stop();
    await rebooted.start();
    await waitFor(
      "web.service to run again",
      120_000,
      async () => (await isActive(rebooted, "web.service")) === "active",
    );
    expect(await isActive(scenario.host("h4"), "web.service")).toBe("active");
    for (const host of managers()) await host.resume();
    await untilReady(scenario.host("h1"));
  });

  it("drift is reverted and recorded as an event", async () => {
    const host = scenario.host("h6");
    await host.out("systemctl stop web.service");
    await waitFor("it to be started again", 60_000, async () => (await isActive(host, "web.service")) === "active");
    await host.out("echo '# edited manually' >>/etc/systemd/system/web.service");
    await waitFor("its text to be restored", 60_000, async () => {
      return !(await host.out("cat /etc/systemd/system/web.service")).includes("edited manually");
    });
    await waitFor("the event of the drift", 60_000, async saw => {
      const events = await scenario.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /web\.service was changed manually on h6: its file was edited/.test(events);
    });
  });
});

describe("activated units and template instances", () => {
  it("the service of a timer is placed and started by it, and an instance runs its template's text", async () => {
    const h4 = scenario.host("h4");
    await putFile(h4, "tick.timer", "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=2\nAccuracySec=100ms\n");
    await putFile(h4, "tick.service", '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo tick >>/run/tick.log"\n');
    await putFile(h4, "echo@.service", "[Service]\nExecStart=/bin/sh -c 'echo %i >/run/echo.log; sleep 100000'\n");
    await put(h4, "units/worker", "web.service\ntick.timer\necho@here.service");
    await waitFor("all of them on every worker", 120_000, async () => {
      const seen = await Promise.all(workers().map(host => host.exec("grep -c tick /run/tick.log; cat /run/echo.log")));
      return seen.every(({ stdout }) => /^[1-9]\d*\nhere$/.test(stdout.trim()));
    });
    await untilReady(scenario.host("h1"));
    await put(h4, "units/worker", "web.service");
    await waitFor("all of them to be deleted", 120_000, async () => {
      const left = await Promise.all(workers().map(host => host.exec("ls /etc/systemd/system | grep -E 'tick|echo'")));
      return left.every(({ stdout }) => stdout === "");
    });
    expect(await isActive(h4, "tick.timer")).not.toBe("active");
    await untilReady(scenario.host("h1"));
  });
});

drainsHosts(scenario, WORKERS);

it("units change on one manager at a time, each healthy before the next", async () => {
  await put(scenario.host("h4"), "units/manager", "swarmkeeper-controller.service, web.service");
  const times = [...(await untilRolled("seven", managers())).values()];
  expectOneAtATime(times);
  await put(scenario.host("h4"), "units/manager", "swarmkeeper-controller.service");
  await waitFor("web.service to stop on the managers", 120_000, async () => {
    const states = await Promise.all(managers().map(host => isActive(host, "web.service")));
    return states.every(state => state !== "active");
  });
  await untilReady(scenario.host("h1"));
});

it("the units of a node follow its role", async () => {
  await put(scenario.host("h4"), "managers", "5");
  const promoted = await waitFor("two workers to be managers", 180_000, async () => {
    const now = (await status(scenario.host("h1"))).nodes.filter(
      ({ name, role }) => WORKERS.includes(name) && role === "manager",
    );
    return now.length === 2 ? now.map(({ name }) => scenario.host(name)) : undefined;
  });
  await untilReady(scenario.host("h1"));
  for (const host of promoted) {
    expect(await isActive(host, "web.service")).not.toBe("active");
    expect(await isActive(host, "swarmkeeper-controller.service")).toBe("active");
  }
  await put(scenario.host("h4"), "managers", "3");
  await waitFor("web.service on all workers again", 180_000, async () => {
    const states = await Promise.all(workers().map(host => isActive(host, "web.service")));
    return states.every(state => state === "active");
  });
});

runsUnitCommands(scenario, "seven");
rejectsBadUnits(scenario);

// Units, changed in a running cluster by etcdctl alone: rolled over the workers, canary first, one at a time; halted and
// taken back where they do not come up; kept by hosts whose etcd, agent or controller is gone. The tests build on each
// other.
import { beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../lab/host.ts";
import { waitFor } from "../lab/wait.ts";
import { drainsHosts } from "./draining.ts";
import { labStory } from "./story.ts";
import { put, status, untilReady } from "./swarm.ts";
import { obeysItsCommands } from "./units-commands.ts";
import { refusesBadUnits } from "./units-refused.ts";
import * as web from "./web-unit.ts";
import { isActive, logOf, putFile, webUnit } from "./web-unit.ts";

const story = labStory("trixie", "units", 5);
const WORKERS = ["h4", "h5", "h6", "h7", "h8"];
const MANAGERS = ["h1", "h2", "h3"];
/** How long a host must have been well before the next one is changed. */
const HEALTHY_S = 1;
const workers = () => WORKERS.map(name => story.host(name));
const managers = () => MANAGERS.map(name => story.host(name));
const untilRolled = (words: string, on: readonly Host[] = workers()) => web.untilRolled(words, on, story.host("h1"));

/** The next begins only when the one before has been well for so long. */
function demandTurns(starts: readonly number[]): void {
  for (const [index, time] of starts.slice(1).entries())
    expect(time - (starts[index] ?? 0)).toBeGreaterThan(HEALTHY_S * 1000);
}

beforeAll(async () => {
  await untilReady(story.host("h1"));
  await put(story.host("h1"), "rollout/min-healthy-seconds", String(HEALTHY_S));
}, 240_000);

describe("a new unit", () => {
  it("is started on every worker, one after the other, each proven first; managers are not touched", async () => {
    const h4 = story.host("h4");
    await putFile(h4, "web.service", webUnit("one"));
    await put(h4, "units/worker", "web.service");
    const sorted = [...(await untilRolled("one")).values()];
    demandTurns(sorted);
    expect(await isActive(story.host("h1"), "web.service")).not.toBe("active");
    const events = await story.host("h1").out("swarmkeeper events");
    expect(events).toMatch(/revision \d+ is rolled out: web\.service/);
    expect(events).toMatch(/all hosts run revision \d+ of their units/);
  });

  it("with another text it is stopped with its old ExecStop, and started", async () => {
    const h4 = story.host("h4");
    await putFile(h4, "web.service", webUnit("two"));
    await untilRolled("two");
    for (const host of workers())
      expect((await logOf(host)).map(line => line.split(" ").slice(0, 2).join(" "))).toEqual([
        "start one",
        "stop one",
        "start two",
      ]);
  });

  it("reordered, nothing is started again; taken off the list, it is stopped and its file is gone", async () => {
    const h4 = story.host("h4");
    await putFile(h4, "side.service", webUnit("side"));
    await put(h4, "units/worker", "web.service, side.service");
    await untilRolled("side");
    const before = await logOf(h4);
    await put(h4, "units/worker", "side.service, web.service");
    await waitFor("the other order to be rolled out", 120_000, async saw => {
      const events = await story.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /another order[\s\S]*all hosts run revision/.test(events);
    });
    expect(await logOf(h4)).toEqual(before);
    await put(h4, "units/worker", "web.service");
    await waitFor("side.service to be gone everywhere", 120_000, async () => {
      const left = await Promise.all(workers().map(host => host.exec("test -e /etc/systemd/system/side.service")));
      return left.every(({ code }) => code !== 0);
    });
    for (const host of workers()) expect(await logOf(host)).toContain("stop side");
    await untilReady(story.host("h1"));
  });
});

describe("a unit that does not come up", () => {
  it("halts at the canary; status and events say why; the others keep what they had; another put takes over", async () => {
    const h4 = story.host("h4");
    await putFile(h4, "web.service", webUnit("bad").replace("/bin/sleep 100000", "/bin/false"));
    const said = await waitFor("the rollout to halt", 120_000, async saw => {
      const { stdout } = await story.host("h1").exec("swarmkeeper status");
      saw(stdout);
      return /halted: .*/.exec(stdout)?.[0];
    });
    expect(said).toContain("web.service");
    expect(await story.host("h1").out("swarmkeeper events")).toContain("has halted");
    const running = await Promise.all(workers().map(host => isActive(host, "web.service")));
    expect(running.filter(state => state === "active")).toHaveLength(WORKERS.length - 1);
    await putFile(h4, "web.service", webUnit("three"));
    await untilRolled("three");
  });

  it("is taken back where the spec says revert", async () => {
    const h4 = story.host("h4");
    await put(h4, "rollout/on-failure", "revert");
    await putFile(h4, "web.service", webUnit("worse").replace("/bin/sleep 100000", "/bin/false"));
    await waitFor("it to be taken back", 120_000, async saw => {
      const events = await story.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /is taken back: hosts return to revision/.test(events);
    });
    await waitFor("all to run what was good", 120_000, async () => {
      const states = await Promise.all(workers().map(host => isActive(host, "web.service")));
      return states.every(state => state === "active");
    });
    await put(h4, "rollout/on-failure", "pause");
    await putFile(h4, "web.service", webUnit("four"));
    await untilRolled("four");
  });
});

describe("while something is gone", () => {
  it("a host that was down is skipped, and catches up", async () => {
    const away = story.host("h8");
    await away.kill();
    await waitFor("its lease to run out", 60_000, async () => {
      const seen = (await status(story.host("h1"))).nodes.find(({ name }) => name === "h8");
      return seen?.phase === "gone" || seen?.phase === "absent" || seen?.swarm?.state === "down";
    });
    await putFile(story.host("h4"), "web.service", webUnit("five"));
    await untilRolled(
      "five",
      workers().filter(({ name }) => name !== "h8"),
    );
    await away.start();
    await untilRolled("five");
  });

  it("the controller killed in mid-rollout: the next one goes on", async () => {
    await putFile(story.host("h4"), "web.service", webUnit("six"));
    await waitFor("the canary", 60_000, async () => {
      const logs = await Promise.all(workers().map(logOf));
      return logs.some(log => log.some(line => line.startsWith("start six")));
    });
    for (const host of managers()) await host.exec("systemctl kill -s KILL swarmkeeper-controller");
    await untilRolled("six");
    for (const host of workers())
      expect((await logOf(host)).filter(line => line.startsWith("start six"))).toHaveLength(1);
  });

  it("the agents killed while they change them: nothing half written, nothing started twice", async () => {
    await put(story.host("h4"), "rollout/max-unavailable", "5");
    await putFile(story.host("h4"), "web.service", webUnit("seven"));
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
    await put(story.host("h4"), "rollout/max-unavailable", "1");
  });

  it("etcd gone: units go on, and a host that reboots meanwhile starts what it last knew", async () => {
    for (const host of managers()) await host.pause();
    const rebooted = story.host("h5");
    await rebooted.stop();
    await rebooted.start();
    await waitFor(
      "web.service to run again",
      120_000,
      async () => (await isActive(rebooted, "web.service")) === "active",
    );
    expect(await isActive(story.host("h4"), "web.service")).toBe("active");
    for (const host of managers()) await host.resume();
    await untilReady(story.host("h1"));
  });

  it("what is changed by hand is put back, and said", async () => {
    const host = story.host("h6");
    await host.out("systemctl stop web.service");
    await waitFor("it to be started again", 60_000, async () => (await isActive(host, "web.service")) === "active");
    await host.out("echo '# by hand' >>/etc/systemd/system/web.service");
    await waitFor("its text to be put back", 60_000, async () => {
      return !(await host.out("cat /etc/systemd/system/web.service")).includes("by hand");
    });
    await waitFor("the story to tell", 60_000, async saw => {
      const events = await story.host("h1").out("swarmkeeper events");
      saw(events.slice(-400));
      return /web\.service was changed by hand on h6: its file was edited/.test(events);
    });
  });
});

describe("what a list brings along", () => {
  it("the job of a timer is placed and run by it, and an instance runs its template's text", async () => {
    const h4 = story.host("h4");
    await putFile(h4, "tick.timer", "[Timer]\nOnActiveSec=1\nOnUnitActiveSec=2\nAccuracySec=100ms\n");
    await putFile(h4, "tick.service", '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo tick >>/run/tick.log"\n');
    await putFile(h4, "echo@.service", "[Service]\nExecStart=/bin/sh -c 'echo %i >/run/echo.log; sleep 100000'\n");
    await put(h4, "units/worker", "web.service\ntick.timer\necho@here.service");
    await waitFor("all of it on every worker", 120_000, async () => {
      const seen = await Promise.all(workers().map(host => host.exec("grep -c tick /run/tick.log; cat /run/echo.log")));
      return seen.every(({ stdout }) => /^[1-9]\d*\nhere$/.test(stdout.trim()));
    });
    await untilReady(story.host("h1"));
    await put(h4, "units/worker", "web.service");
    await waitFor("all of it to be gone", 120_000, async () => {
      const left = await Promise.all(workers().map(host => host.exec("ls /etc/systemd/system | grep -E 'tick|echo'")));
      return left.every(({ stdout }) => stdout === "");
    });
    expect(await isActive(h4, "tick.timer")).not.toBe("active");
    await untilReady(story.host("h1"));
  });
});

drainsHosts(story, WORKERS);

it("managers are changed one at a time, each proven before the next", async () => {
  await put(story.host("h4"), "units/manager", "swarmkeeper-controller.service, web.service");
  const times = [...(await untilRolled("seven", managers())).values()];
  demandTurns(times);
  await put(story.host("h4"), "units/manager", "swarmkeeper-controller.service");
  await waitFor("it to be gone from the managers", 120_000, async () => {
    const states = await Promise.all(managers().map(host => isActive(host, "web.service")));
    return states.every(state => state !== "active");
  });
  await untilReady(story.host("h1"));
});

it("units follow the role of their host", async () => {
  await put(story.host("h4"), "managers", "5");
  const promoted = await waitFor("two workers to be managers", 180_000, async () => {
    const now = (await status(story.host("h1"))).nodes.filter(
      ({ name, role }) => WORKERS.includes(name) && role === "manager",
    );
    return now.length === 2 ? now.map(({ name }) => story.host(name)) : undefined;
  });
  await untilReady(story.host("h1"));
  for (const host of promoted) {
    expect(await isActive(host, "web.service")).not.toBe("active");
    expect(await isActive(host, "swarmkeeper-controller.service")).toBe("active");
  }
  await put(story.host("h4"), "managers", "3");
  await waitFor("web.service on all workers again", 180_000, async () => {
    const states = await Promise.all(workers().map(host => isActive(host, "web.service")));
    return states.every(state => state === "active");
  });
});

obeysItsCommands(story, "seven");
refusesBadUnits(story);

// What Slack hears of a cluster's life, and that nothing of it is held up, whatever becomes of Slack; and that the
// webhook's URL, and a token that an operator has about him, are found nowhere but where they were put.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Slack } from "../../drivers/slack/port.ts";
import { slackOver } from "../../drivers/slack/real.ts";
import { FakeSlack } from "../fakes/slack/slack.ts";
import { ACCEPTED, slackReceiver } from "../fixtures/slack-receiver.ts";
import { Cluster } from "./cluster.ts";
import { expectIdle } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

/** From the first boot on, with this Slack. */
async function threeManagersAnd(slack: Slack): Promise<void> {
  cluster = new Cluster({ managers: 3, workers: 2 });
  cluster.slack = slack;
  await cluster.until(() => cluster.ready(), 120);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
}

/** The lines of all messages, without what marks them. */
const lines = (accepted: readonly string[]): string[] =>
  accepted.flatMap(text =>
    text.split("\n").flatMap(line => /^• (?:<!date.*?> )?(?:\*\w+\* )?(.*)$/.exec(line)?.[1] ?? []),
  );

const unescaped = (line: string): string => line.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

describe("Slack", () => {
  it("hears the whole story from the first host on, an operation as one message; then nobody writes", async () => {
    const slack = new FakeSlack();
    await threeManagersAnd(slack);
    await cluster.clock.advance(60_000);
    expect(lines(slack.accepted)).toEqual(
      expect.arrayContaining([
        "h1 is new here: 10.0.0.1, a manager by its user-data",
        "h1 has made the swarm",
        "h5 has joined the swarm",
        "h5 is up",
        "h2 runs swarmkeeper-controller.service",
      ]),
    );
    slack.accepted.length = 0;
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "4");
    await expectIdle(cluster);
    const making = slack.accepted.filter(text => text.startsWith("*Making h4 a manager*"));
    expect(making.map(text => text.replace(/\(\d+(\.\d)? s\)/, "(N s)"))).toEqual([
      [
        "*Making h4 a manager*",
        "• making h4 a manager (longest here of those that can be one)",
        "• adding h4 to etcd as a learner",
        "• promoting h4 to etcd voter",
        "• promoting h4 in the swarm",
        "• h4 is a manager now (N s)",
        "_h4 (manager, 10.0.0.4)_",
      ].join("\n"),
    ]);
    expect(slack.accepted.find(text => text.includes("refused"))).toContain("*Spec* · *WARNING*");
  });

  it("hears each thing once, and misses none, although whoever leads is another again and again", async () => {
    const slack = new FakeSlack();
    await threeManagersAnd(slack);
    await cluster.clock.advance(60_000);
    const before = cluster.events().length;
    slack.accepted.length = 0;
    for (const count of ["5", "3", "5"]) {
      await cluster.put("managers", count);
      await cluster.until(() => cluster.operation() !== undefined, 100);
      cluster.controllers.get(cluster.leader()?.name ?? "")?.end();
      await cluster.untilManagers(Number(count));
      await cluster.clock.advance(60_000);
    }
    await cluster.clock.advance(1200_000);
    const accepted = lines(slack.accepted).map(unescaped);
    const told = accepted.filter(line => !line.startsWith("again "));
    const happened = cluster
      .events()
      .slice(before)
      .map(({ text }) => text);
    expect(happened.filter(text => !told.includes(text))).toEqual([]);
    const count = (list: readonly string[], line: string) => list.filter(one => one === line).length;
    expect(told.filter(line => count(told, line) > count(happened, line))).toEqual([]);
  });

  it("is told of a lost quorum by one of those that are left, and when it is over", async () => {
    const slack = new FakeSlack();
    await threeManagersAnd(slack);
    await cluster.clock.advance(60_000);
    slack.accepted.length = 0;
    for (const name of ["h2", "h3"]) cluster.node(name).cutPower();
    await cluster.clock.advance(120_000);
    expect(slack.accepted.filter(text => text.startsWith("*Quorum* · *ALARM*"))).toHaveLength(1);
    for (const name of ["h2", "h3"]) cluster.node(name).restorePower();
    await cluster.untilManagers(3);
    await cluster.clock.advance(60_000);
    expect(slack.accepted.filter(text => text.includes("a quorum is there again"))).toHaveLength(1);
  });

  it("that never answers holds nothing up, and costs a line in the log", async () => {
    const slack = new FakeSlack();
    slack.answers = () => new Promise(() => {});
    await threeManagersAnd(slack);
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    slack.becomeUnreachable("ECONNREFUSED");
    cluster.controllers.get(cluster.leader()?.name ?? "")?.end();
    await cluster.put("managers", "3");
    await cluster.untilManagers(3);
    await expectIdle(cluster);
    const topic = cluster.log.filter(line => line.includes("ECONNREFUSED"));
    expect(topic.length).toBeGreaterThan(0);
    expect(topic.length).toBeLessThanOrEqual(cluster.nodes.length);
  });

  it("is told only what spec/slack/level asks for", async () => {
    const slack = new FakeSlack();
    await threeManagersAnd(slack);
    await cluster.put("slack/level", "warning");
    await cluster.clock.advance(60_000);
    slack.accepted.length = 0;
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "4");
    await cluster.clock.advance(60_000);
    expect(slack.accepted).toHaveLength(1);
    expect(slack.accepted[0]).toContain("refused");
    await cluster.put("slack/level", "off");
    await cluster.put("managers", "9");
    await cluster.clock.advance(60_000);
    expect(slack.accepted).toHaveLength(1);
  });
});

const URL_SECRET = "Xcanary0URL0secretX";
const TOKEN = "hvs.Xcanary0vault0tokenX";

/** Every place where a canary was seen. */
function sightings(world: Cluster): string[] {
  const places = new Map<string, string>();
  // What was written over or deleted since is still in etcd's history, and in its snapshots.
  const history = world.etcd.store.since(1);
  if (history === "compacted") throw new Error("etcd has been compacted: not all that was written can be seen");
  for (const { revision, events } of history)
    for (const event of events)
      places.set(`etcd, revision ${revision}`, event.type === "put" ? `${event.kv.key} ${event.kv.value}` : event.key);
  for (const [index, line] of world.log.entries()) places.set(`log, line ${index}`, line);
  for (const { name, disk, starts, stops } of world.nodes) {
    places.set(`what runs on ${name}`, [...starts, ...stops].join("\n"));
    for (const path of disk.paths())
      if (path !== URL_FILE && path !== TOKEN_FILE) places.set(`${name}:${path}`, disk.peek(path) ?? "");
  }
  return [...places].flatMap(([place, text]) => (/xcanary0/i.test(text) ? place : []));
}

const URL_FILE = "/etc/swarmkeeper/slack-webhook-url";
const TOKEN_FILE = "/root/.vault-token";

describe("a secret", () => {
  it("is in no key, no log line, no unit and no argument, also while Slack is at its worst", async () => {
    const receiver = await slackReceiver();
    const folder = await mkdtemp(join(tmpdir(), "slack-"));
    const urlFile = join(folder, "url");
    const url = receiver.url(URL_SECRET);
    await writeFile(urlFile, url);
    await chmod(urlFile, 0o600);
    vi.stubEnv("VAULT_TOKEN", TOKEN);
    try {
      cluster = new Cluster({ managers: 3, workers: 2 });
      cluster.slack = slackOver({ urlFile, timeoutMs: 50 });
      for (const { disk } of cluster.nodes) {
        await disk.write(URL_FILE, url, 0o600);
        await disk.write(TOKEN_FILE, TOKEN, 0o600);
      }
      /** Turns time on until the receiver has met another message: what is sent to it takes real time. */
      const met = async () => {
        const before = receiver.met;
        await vi.waitUntil(() => cluster.clock.advance(5_000).then(() => receiver.met > before), { timeout: 60_000 });
      };
      for (const answer of [
        "break off",
        "nothing",
        { status: 404, body: url },
        { status: 500, body: url },
        ACCEPTED,
      ] as const) {
        receiver.answer = answer;
        await met();
      }
      expect(receiver.accepted.length).toBeGreaterThan(0);
      expect(sightings(cluster)).toEqual([]);
      // What looks for canaries finds them.
      cluster.log.push(`{"msg":"it posts to ${url}"}`);
      await cluster.put("units/files/x.service", `[Service]\nExecStart=/bin/x --token=${TOKEN}\n`);
      expect(sightings(cluster).map(place => place.split(" ")[0])).toEqual(expect.arrayContaining(["etcd,", "log,"]));
    } finally {
      vi.unstubAllEnvs();
      await receiver.close();
      await rm(folder, { recursive: true });
    }
  });
});

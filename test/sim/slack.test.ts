// The messages that Slack receives from a cluster, and that a failing Slack delays nothing. Also that the webhook's URL and
// an operator's token appear only in their files.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../../crd-like-specs/resources/event.ts";
import type { Slack } from "../../drivers/slack/port.ts";
import { slackOver } from "../../drivers/slack/real.ts";
import { FakeSlack } from "../fakes/slack/slack.ts";
import { ACCEPTED, slackReceiver } from "../fixtures/slack-receiver.ts";
import { Cluster } from "./cluster.ts";
import { expectIdle } from "./scenes.ts";

let cluster: Cluster;
afterEach(() => cluster.end());

/** Boots a cluster with this Slack from the first node on. */
async function threeManagersAnd(slack: Slack): Promise<void> {
  cluster = new Cluster({ managers: 3, workers: 2 });
  cluster.slack = slack;
  await cluster.until(() => cluster.ready(), 120);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
}

/** The lines of all messages, without their markup. */
const lines = (accepted: readonly string[]): string[] =>
  accepted.flatMap(text =>
    text.split("\n").flatMap(line => /^• (?:<!date.*?> )?(?:\*\w+\* )?(.*)$/.exec(line)?.[1] ?? []),
  );

const unescaped = (line: string): string => line.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

describe("Slack", () => {
  it("receives every event from the first node on, one message per operation, and the cluster is then idle", async () => {
    const slack = new FakeSlack();
    await threeManagersAnd(slack);
    await cluster.clock.advance(60_000);
    const accepted = lines(slack.accepted).map(unescaped);
    for (const [reason, node] of [
      ["NodeRegistered", "h1"],
      ["NodeJoinedSwarm", "h1"],
      ["NodeJoinedSwarm", "h5"],
      ["NodeUp", "h5"],
      ["UnitsHealthy", "h2"],
    ])
      expect(accepted).toContain(cluster.events().find(event => event.reason === reason && event.node === node)?.text);
    slack.accepted.length = 0;
    await cluster.put("managers", "5");
    await cluster.untilManagers(5);
    await cluster.put("managers", "4");
    await expectIdle(cluster);
    const isEnd = (event: Event) => event.reason === "OperationCompleted" && event.node === "h4";
    const operation = cluster.events().findLast(isEnd)?.operation;
    const steps = cluster.events().filter(event => operation !== undefined && event.operation === operation);
    expect(steps).toHaveLength(5);
    const title = steps[0]?.thread?.title ?? "";
    expect(slack.accepted.filter(text => text.includes(steps[0]?.text ?? "?"))).toEqual([
      [
        `*${title.charAt(0).toUpperCase()}${title.slice(1)}*`,
        ...steps.map(({ text }) => `• ${text}`),
        "_h4 (manager, 10.0.0.4)_",
      ].join("\n"),
    ]);
    const rejected = cluster.events().findLast(({ reason }) => reason === "SpecRejected")?.text ?? "?";
    expect(slack.accepted.find(text => text.includes(rejected))).toContain("*Spec* · *WARNING*");
  });

  it("receives each event exactly once although the leader changes again and again", async () => {
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
    const received = accepted.filter(line => !line.startsWith("again "));
    const happened = cluster
      .events()
      .slice(before)
      .map(({ text }) => text);
    expect(happened.filter(text => !received.includes(text))).toEqual([]);
    const count = (list: readonly string[], line: string) => list.filter(one => one === line).length;
    expect(received.filter(line => count(received, line) > count(happened, line))).toEqual([]);
  });

  it("receives a lost quorum from one of the surviving controllers, and its return", async () => {
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
    expect(slack.accepted.filter(text => text.startsWith("*Quorum*") && !text.includes("*ALARM*"))).toHaveLength(1);
  });

  it("delays nothing if it never answers, and causes one log line per controller", async () => {
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

  it("receives only the severities of spec/slack/level", async () => {
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
    const rejected = cluster.events().findLast(({ reason }) => reason === "SpecRejected")?.text ?? "?";
    expect(slack.accepted[0]).toContain(rejected);
    await cluster.put("slack/level", "off");
    await cluster.put("managers", "9");
    await cluster.clock.advance(60_000);
    expect(slack.accepted).toHaveLength(1);
  });
});

const URL_SECRET = "Xmarker0URL0secretX";
const TOKEN = "hvs.Xmarker0vault0tokenX";

/** Every place that contains a secret marker. */
function placesOfSecrets(world: Cluster): string[] {
  const places = new Map<string, string>();
  // Overwritten and deleted values are still in etcd's history and in its snapshots.
  const history = world.etcd.store.since(1);
  if (history === "compacted") throw new Error("etcd has been compacted, so not every write can be searched");
  for (const { revision, events } of history)
    for (const event of events)
      places.set(`etcd, revision ${revision}`, event.type === "put" ? `${event.kv.key} ${event.kv.value}` : event.key);
  for (const [index, line] of world.log.entries()) places.set(`log, line ${index}`, line);
  for (const { name, disk, starts, stops } of world.nodes) {
    places.set(`what runs on ${name}`, [...starts, ...stops].join("\n"));
    for (const path of disk.paths())
      if (path !== URL_FILE && path !== TOKEN_FILE) places.set(`${name}:${path}`, disk.peek(path) ?? "");
  }
  return [...places].flatMap(([place, text]) => (/xmarker0/i.test(text) ? place : []));
}

const URL_FILE = "/etc/swarmkeeper/slack-webhook-url";
const TOKEN_FILE = "/root/.vault-token";

describe("a secret", () => {
  it("appears in no key, log line, unit or argument, for every answer of Slack", async () => {
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
      /** Lets time pass until the receiver has another message. Sending takes real time. */
      const messageArrives = async () => {
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
        await messageArrives();
      }
      expect(receiver.accepted.length).toBeGreaterThan(0);
      expect(placesOfSecrets(cluster)).toEqual([]);
      // The search itself finds a marker.
      cluster.log.push(`{"msg":"it posts to ${url}"}`);
      await cluster.put("units/files/x.service", `[Service]\nExecStart=/bin/x --token=${TOKEN}\n`);
      expect(placesOfSecrets(cluster).map(place => place.split(" ")[0])).toEqual(
        expect.arrayContaining(["etcd,", "log,"]),
      );
    } finally {
      vi.unstubAllEnvs();
      await receiver.close();
      await rm(folder, { recursive: true });
    }
  });
});

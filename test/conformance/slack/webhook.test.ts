import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slackOver } from "../../../drivers/slack/real.ts";
import { ACCEPTED, type ReceiverAnswer, type SlackReceiver, slackReceiver } from "../../fixtures/slack-receiver.ts";
import { slackSuite } from "./suite.ts";

const SECRET = "XmarkerX0123456789";

async function urlFile(text: string, mode = 0o600): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "slack-")), "slack-webhook-url");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

slackSuite("a webhook on this host", async () => {
  const receiver = await slackReceiver();
  const file = await urlFile(`${receiver.url(SECRET)}\n`);
  const answer = (how: ReceiverAnswer) => {
    receiver.answer = how;
  };
  return {
    slack: slackOver({ urlFile: file, timeoutMs: 200 }),
    accepted: () => receiver.accepted.map(({ text }) => text),
    accept: () => answer(ACCEPTED),
    limitRate: seconds => answer({ status: 429, body: "rate_limited", retryAfter: String(seconds) }),
    reject: (status, body) => answer({ status, body }),
    staySilent: () => answer("nothing"),
    breakConnections: () => answer("break off"),
    stop: receiver.close,
    close: async () => {
      await rm(join(file, ".."), { recursive: true });
    },
  };
});

describe("a Slack webhook", () => {
  let receiver: SlackReceiver;
  beforeAll(async () => {
    receiver = await slackReceiver();
  });
  afterAll(() => receiver.close());

  it("receives the configured channel", async () => {
    const slack = slackOver({ urlFile: await urlFile(receiver.url(SECRET)), channel: "#ops" });
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
    expect(receiver.accepted.at(-1)).toEqual({ text: "hello", channel: "#ops" });
  });

  it("is off if no file is configured or the file does not exist", async () => {
    for (const slack of [slackOver({ urlFile: undefined }), slackOver({ urlFile: "/nowhere/slack-webhook-url" })]) {
      expect(await slack.off()).toEqual({});
      expect(await slack.post({ text: "hello" })).toEqual({ kind: "off" });
    }
  });

  it("is off if other users may read its file", async () => {
    const path = await urlFile(receiver.url(SECRET), 0o640);
    const why = `${path} may be read by others than its owner; chmod 0600 ${path}`;
    const slack = slackOver({ urlFile: path });
    expect(await slack.off()).toEqual({ reason: "UrlFileExposed", why });
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "off", reason: "UrlFileExposed", why });
    await chmod(path, 0o600);
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
  });

  it("is read again from a changed file before the next message", async () => {
    const path = await urlFile("not yet");
    const slack = slackOver({ urlFile: path });
    expect(await slack.post({ text: "hello" })).toMatchObject({ kind: "off", reason: "UrlInvalid" });
    await writeFile(path, receiver.url("another"));
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
  });

  it("has a default wait for a 429 without a time, and a maximum for a long one", async () => {
    const slack = slackOver({ urlFile: await urlFile(receiver.url(SECRET)) });
    const limited = (retryAfter?: string) => {
      receiver.answer = { status: 429, body: "", ...(retryAfter !== undefined && { retryAfter }) };
      return slack.post({ text: "hello" });
    };
    expect(await limited()).toMatchObject({ afterMs: 30_000 });
    expect(await limited("soon")).toMatchObject({ afterMs: 30_000 });
    expect(await limited("999999")).toMatchObject({ afterMs: 3600_000 });
    receiver.answer = ACCEPTED;
  });

  it("has a URL that appears in no outcome of any error", async () => {
    const outcomes: unknown[] = [];
    const lower = SECRET.toLowerCase();
    const answers: ReceiverAnswer[] = [
      { status: 404, body: `no such path: /services/T00000000/B00000000/${SECRET}` },
      { status: 500, body: lower.replace(/\d/g, "") },
      { status: 302, body: receiver.url(SECRET) },
      "break off",
      "nothing",
    ];
    const good = slackOver({ urlFile: await urlFile(receiver.url(SECRET)), timeoutMs: 100 });
    for (const answer of answers) {
      receiver.answer = answer;
      outcomes.push(await good.post({ text: "hello" }));
    }
    for (const url of [
      `ftp://example.com/${SECRET}`,
      `https://${SECRET}.invalid/${SECRET}`,
      `http://[${SECRET}`,
      SECRET,
    ]) {
      const slack = slackOver({ urlFile: await urlFile(url), timeoutMs: 2_000 });
      outcomes.push(await slack.off(), await slack.post({ text: "hello" }));
    }
    expect(outcomes).toHaveLength(answers.length + 8);
    expect(inspect(outcomes, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(
      new RegExp(SECRET, "i"),
    );
    receiver.answer = ACCEPTED;
  });
});

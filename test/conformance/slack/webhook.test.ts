import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slackOver } from "../../../drivers/slack/real.ts";
import { type ReceiverAnswer, type SlackReceiver, slackReceiver, TAKEN } from "../../fixtures/slack-receiver.ts";
import { slackSuite } from "./suite.ts";

const SECRET = "XcanaryX0123456789";

async function urlFile(text: string, mode = 0o600): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "slack-")), "slack-webhook-url");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

slackSuite("a webhook on this machine", async () => {
  const receiver = await slackReceiver();
  const file = await urlFile(`${receiver.url(SECRET)}\n`);
  const answer = (how: ReceiverAnswer) => {
    receiver.answer = how;
  };
  return {
    slack: slackOver({ urlFile: file, timeoutMs: 200 }),
    heard: () => receiver.heard.map(({ text }) => text),
    takes: () => answer(TAKEN),
    hasEnoughFor: seconds => answer({ status: 429, body: "rate_limited", retryAfter: String(seconds) }),
    refuses: (status, body) => answer({ status, body }),
    isSilent: () => answer("nothing"),
    breaksOff: () => answer("break off"),
    dies: receiver.close,
    close: async () => {
      await rm(join(file, ".."), { recursive: true });
    },
  };
});

describe("a webhook", () => {
  let receiver: SlackReceiver;
  beforeAll(async () => {
    receiver = await slackReceiver();
  });
  afterAll(() => receiver.close());

  it("is asked for the channel, where one is named", async () => {
    const slack = slackOver({ urlFile: await urlFile(receiver.url(SECRET)), channel: "#ops" });
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
    expect(receiver.heard.at(-1)).toEqual({ text: "hello", channel: "#ops" });
  });

  it("is off without a file, and where none is named", async () => {
    for (const slack of [slackOver({ urlFile: undefined }), slackOver({ urlFile: "/nowhere/slack-webhook-url" })]) {
      expect(await slack.off()).toEqual({ why: undefined });
      expect(await slack.post({ text: "hello" })).toEqual({ kind: "off", why: undefined });
    }
  });

  it("is not used from a file that others may read", async () => {
    const path = await urlFile(receiver.url(SECRET), 0o640);
    const why = `${path} may be read by others than its owner; chmod 0600 ${path}`;
    const slack = slackOver({ urlFile: path });
    expect(await slack.off()).toEqual({ why });
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "off", why });
    await chmod(path, 0o600);
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
  });

  it("counts from the next message on when the file has changed", async () => {
    const path = await urlFile("not yet");
    const slack = slackOver({ urlFile: path });
    expect(await slack.post({ text: "hello" })).toMatchObject({ kind: "off" });
    await writeFile(path, receiver.url("another"));
    expect(await slack.post({ text: "hello" })).toEqual({ kind: "sent" });
  });

  it("has a wait of its own for a 429 that names none, and obeys none for ever", async () => {
    const slack = slackOver({ urlFile: await urlFile(receiver.url(SECRET)) });
    const limited = (retryAfter?: string) => {
      receiver.answer = { status: 429, body: "", ...(retryAfter !== undefined && { retryAfter }) };
      return slack.post({ text: "hello" });
    };
    expect(await limited()).toMatchObject({ afterMs: 30_000 });
    expect(await limited("soon")).toMatchObject({ afterMs: 30_000 });
    expect(await limited("999999")).toMatchObject({ afterMs: 3600_000 });
    receiver.answer = TAKEN;
  });

  it("is in nothing that comes back, whatever goes wrong", async () => {
    const told: unknown[] = [];
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
      told.push(await good.post({ text: "hello" }));
    }
    for (const url of [
      `ftp://example.com/${SECRET}`,
      `https://${SECRET}.invalid/${SECRET}`,
      `http://[${SECRET}`,
      SECRET,
    ]) {
      const slack = slackOver({ urlFile: await urlFile(url), timeoutMs: 2_000 });
      told.push(await slack.off(), await slack.post({ text: "hello" }));
    }
    expect(told).toHaveLength(answers.length + 8);
    expect(inspect(told, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(new RegExp(SECRET, "i"));
    receiver.answer = TAKEN;
  });
});

import { afterEach, expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { FakeSlack } from "../test/fakes/slack/slack.ts";
import { openNotifier } from "./notifier.ts";

let stop: AbortController;
afterEach(() => stop.abort());

function world() {
  const clock = fakeClock();
  const slack = new FakeSlack();
  const log: string[] = [];
  const notifier = openNotifier({ slack, clock, random: () => 1, log: (level, text) => log.push(`${level} ${text}`) });
  stop = new AbortController();
  void notifier.run(stop.signal);
  const notify = (text: string) =>
    notifier.notify({
      ...{
        at: clock.now(),
        severity: "info",
        thread: { id: "nodes", title: "nodes" },
        reason: "Recorded",
        subject: text,
        text,
      },
    });
  return { clock, slack, log, notifier, notify };
}

it("the notifier sends a line once", async () => {
  const { clock, slack, log, notify } = world();
  notify("h4 is up");
  await clock.advance(60_000);
  expect(slack.accepted).toEqual(["*Nodes*\n• h4 is up"]);
  expect(log).toEqual([]);
});

it("the notifier waits as long as a 429 response demands", async () => {
  const { clock, slack, log, notify } = world();
  let attempts = 0;
  slack.rateLimit(45_000);
  const { answers } = slack;
  slack.answers = message => {
    attempts += 1;
    return answers(message);
  };
  notify("h4 is up");
  await clock.advance(4_000 + 44_000);
  expect(attempts).toBe(1);
  slack.answers = () => ({ kind: "sent" });
  notify("h5 is up");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Nodes*\n• h4 is up\n• h5 is up"]);
  expect(log).toEqual([
    "warn nothing can be sent to Slack: Slack answers 429: too many messages; the next try is in 45 s",
    "info Slack accepts messages again",
  ]);
});

it("the notifier retries an unreachable Slack with back-off, logs it once, and drops no line", async () => {
  const { clock, slack, log, notify } = world();
  let attempts = 0;
  slack.answers = () => {
    attempts += 1;
    return { kind: "unreachable", reason: "ECONNREFUSED", why: "ECONNREFUSED" };
  };
  for (let node = 0; node < 10; node++) notify(`h${node} is up`);
  await clock.advance(3600_000);
  expect(attempts).toBeLessThan(25);
  expect(log).toEqual(["warn nothing can be sent to Slack: ECONNREFUSED; the message will be sent again"]);
  slack.answers = () => ({ kind: "sent" });
  await clock.advance(300_000);
  expect(slack.accepted).toHaveLength(1);
  expect(slack.accepted[0]?.match(/is up/g)).toHaveLength(10);
  expect(log.at(-1)).toBe("info Slack accepts messages again");
});

it("the notifier drops a message that Slack rejects, and sends the next one", async () => {
  const { clock, slack, log, notify } = world();
  slack.rejectWith(400, "invalid_payload");
  notify("a");
  await clock.advance(5_000);
  slack.answers = () => ({ kind: "sent" });
  notify("b");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Nodes*\n• b"]);
  expect(log).toEqual(["warn Slack rejected a message, which is dropped: Slack answers 400: invalid_payload"]);
});

it("the notifier drops lines while the URL is unusable, logs why, and sends again once it is usable", async () => {
  const { clock, slack, log, notifier, notify } = world();
  slack.disabled = { reason: "UrlFileExposed", why: "/etc/url may be read by others" };
  notifier.notify({
    ...{
      at: 0,
      severity: "alarm",
      thread: { id: "swarm", title: "swarm" },
      reason: "Recorded",
      text: "a",
      revision: 12,
    },
  });
  await clock.advance(60_000);
  expect(notifier.deliveredUpTo()).toBe(12);
  slack.disabled = undefined;
  notify("b");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Nodes*\n• b"]);
  expect(log).toHaveLength(2);
});

it("the notifier retries a deleted webhook every ten minutes", async () => {
  const { clock, slack, log, notify } = world();
  slack.rejectWith(404, "no_service");
  notify("a");
  await clock.advance(60_000);
  slack.answers = () => ({ kind: "sent" });
  await clock.advance(540_000);
  expect(slack.accepted).toEqual([]);
  await clock.advance(10_000);
  expect(slack.accepted).toHaveLength(1);
  expect(log[0]).toContain("Slack answers 404: no_service");
});

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
        level: "info",
        thread: { id: "hosts", title: "hosts" },
        reason: "Said",
        subject: text,
        text,
      },
    });
  return { clock, slack, log, notifier, notify };
}

it("says what it is told, and nothing more", async () => {
  const { clock, slack, log, notify } = world();
  notify("h4 is up");
  await clock.advance(60_000);
  expect(slack.accepted).toEqual(["*Hosts*\n• h4 is up"]);
  expect(log).toEqual([]);
});

it("obeys a 429 for as long as it says", async () => {
  const { clock, slack, log, notify } = world();
  let asked = 0;
  slack.rateLimit(45_000);
  const { answers } = slack;
  slack.answers = message => {
    asked += 1;
    return answers(message);
  };
  notify("h4 is up");
  await clock.advance(4_000 + 44_000);
  expect(asked).toBe(1);
  slack.answers = () => ({ kind: "sent" });
  notify("h5 is up");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Hosts*\n• h4 is up\n• h5 is up"]);
  expect(log).toEqual([
    "warn nothing can be said to Slack: Slack answers 429: too many messages; it waits 45 s",
    "info Slack takes messages again",
  ]);
});

it("waits out a dead Slack ever more patiently, says so once, and loses nothing of importance", async () => {
  const { clock, slack, log, notify } = world();
  let asked = 0;
  slack.answers = () => {
    asked += 1;
    return { kind: "unreachable", why: "ECONNREFUSED" };
  };
  for (let host = 0; host < 10; host++) notify(`h${host} is up`);
  await clock.advance(3600_000);
  expect(asked).toBeLessThan(25);
  expect(log).toEqual(["warn nothing can be said to Slack: ECONNREFUSED; it is tried again"]);
  slack.answers = () => ({ kind: "sent" });
  await clock.advance(300_000);
  expect(slack.accepted).toHaveLength(1);
  expect(slack.accepted[0]?.match(/is up/g)).toHaveLength(10);
  expect(log.at(-1)).toBe("info Slack takes messages again");
});

it("leaves out a message that Slack does not take, and goes on", async () => {
  const { clock, slack, log, notify } = world();
  slack.rejectWith(400, "invalid_payload");
  notify("a");
  await clock.advance(5_000);
  slack.answers = () => ({ kind: "sent" });
  notify("b");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Hosts*\n• b"]);
  expect(log).toEqual(["warn Slack did not take a message, which is left out: Slack answers 400: invalid_payload"]);
});

it("keeps nothing where there is no URL, says why one cannot be used, and finds one that comes", async () => {
  const { clock, slack, log, notifier, notify } = world();
  slack.disabled = { why: "/etc/url may be read by others" };
  notifier.notify({
    ...{ at: 0, level: "alarm", thread: { id: "swarm", title: "swarm" }, reason: "Said", text: "a", revision: 12 },
  });
  await clock.advance(60_000);
  expect(notifier.deliveredUpTo()).toBe(12);
  slack.disabled = undefined;
  notify("b");
  await clock.advance(10_000);
  expect(slack.accepted).toEqual(["*Hosts*\n• b"]);
  expect(log).toHaveLength(2);
});

it("tries a webhook that is gone every ten minutes", async () => {
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

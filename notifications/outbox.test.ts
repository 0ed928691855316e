import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";
import type { Severity } from "../crd-like-specs/resources/event.ts";
import type { Line } from "./message.ts";
import { openOutbox } from "./outbox.ts";

const NODES = { id: "nodes", title: "nodes" };
const thread = (title: string): Pick<Line, "thread"> => ({ thread: { id: title, title } });

/** An outbox with its own clock, whose messages are always accepted. */
function setUp() {
  const queue = openOutbox();
  let now = 0;
  const sent: { at: number; text: string }[] = [];
  return {
    queue,
    sent,
    now: () => now,
    /** Each text is a different event, unless `subject` is given. */
    notify: (text: string, more: Partial<Line> = {}) =>
      queue.add(
        { ...{ at: now, severity: "info", thread: NODES, reason: "Recorded", subject: text, text }, ...more },
        now,
      ),
    /** Advances the clock by `ms`, and sends the messages that become due. */
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = queue.next(now, now);
        if (next === undefined || ("waitMs" in next && now + next.waitMs > end)) break;
        if ("waitMs" in next) now += next.waitMs;
        else {
          sent.push({ at: now, text: next.send });
          queue.done(now);
        }
      }
      now = end;
    },
  };
}

describe("a thread in the outbox", () => {
  it("is sent as one message after four seconds without a new line", () => {
    const { notify, pass, sent } = setUp();
    notify("h1 has made the swarm");
    pass(2_000);
    notify("h2 has joined the swarm");
    pass(3_999);
    expect(sent).toEqual([]);
    pass(1);
    expect(sent.map(({ text }) => text.split("\n"))).toEqual([
      ["*Nodes*", "• h1 has made the swarm", "• h2 has joined the swarm"],
    ]);
  });

  it("is sent after half a minute if new lines keep coming", () => {
    const { notify, pass, sent } = setUp();
    for (let second = 0; second < 40; second++) {
      notify(`step ${second}`);
      pass(1_000);
    }
    expect(sent.map(({ at }) => at)).toEqual([30_000]);
  });

  it("with an alarm is sent within a second and a half, although another thread is due", () => {
    const { notify, pass, sent, now } = setUp();
    notify("h1 runs web.service", thread("units"));
    pass(3_500);
    notify("the swarm has lost its quorum", { ...thread("swarm"), severity: "alarm" });
    const at = now();
    pass(10_000);
    expect(sent[0]?.text).toContain("*Units*");
    expect(sent[1]?.text).toContain("ALARM");
    expect((sent[1]?.at ?? 0) - at).toBeLessThanOrEqual(1_500);
  });
});

describe("the outbox limits", () => {
  it("repeats of one event: it counts them, and sends the count after ten minutes", () => {
    const { notify, pass, sent } = setUp();
    for (let turn = 0; turn < 15; turn++) {
      notify(`h4 is a manager now (${turn}.3 s)`, { subject: "promote/h4" });
      pass(10_000);
    }
    expect(sent).toHaveLength(1);
    pass(600_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.text).toContain("• again 14 times in 10 min: h4 is a manager now (0.3 s)");
    pass(3600_000);
    expect(sent).toHaveLength(2);
  });

  it("the rate to one message a second and twenty a minute, for any input", () => {
    const event = fc.record({
      number: fc.integer({ min: 0, max: 60 }),
      severity: fc.constantFrom(...SEVERITIES),
      pause: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), events => {
        const { notify, pass, sent } = setUp();
        for (const [index, { number, severity, pause }] of events.entries()) {
          notify(`line ${index}`, { thread: { id: `${number}`, title: "thread" }, severity });
          pass(pause);
        }
        pass(600_000);
        const times = sent.map(({ at }) => at);
        for (const [index, at] of times.entries()) {
          if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
          if (index >= 20) expect(at - (times[index - 20] ?? 0)).toBeGreaterThanOrEqual(60_000);
        }
        const counts = sent.map(({ text }) => text.split("\n").filter(one => one.startsWith("• ")).length);
        const left = sent.map(({ text }) => Number(/^and (\d+) more/m.exec(text)?.[1] ?? 0));
        expect([...counts, ...left].reduce((sum, one) => sum + one, 0)).toBe(events.length);
      }),
      { numRuns: 50 },
    );
  });

  it("the number of messages: many threads at once become one message", () => {
    const { notify, pass, sent } = setUp();
    for (let node = 0; node < 12; node++) notify(`h${node} is up`, thread(`h${node}`));
    pass(60_000);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text.match(/is up/g)).toHaveLength(12);
  });

  it("the number of lines during a pause: it drops and counts the oldest of the least severe", () => {
    const { queue, notify, pass, sent } = setUp();
    queue.pause(0, 60_000);
    const add = (severity: Severity, count: number) => {
      for (let index = 0; index < count; index++) notify(`${severity} ${index}`, { severity });
    };
    add("alarm", 10);
    add("info", 480);
    add("warning", 30);
    pass(59_999);
    expect(sent).toEqual([]);
    pass(1);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain("alarm 0");
    expect(sent[0]?.text).toContain("and 490 more");
  });
});

describe("the delivered revision of the outbox", () => {
  it("is below the lines that are queued, or handed out and not sent", () => {
    const { queue, notify, pass } = setUp();
    expect(queue.deliveredUpTo()).toBeUndefined();
    notify("a", { revision: 7 });
    notify("b", { revision: 9, ...thread("units") });
    expect(queue.deliveredUpTo()).toBe(6);
    expect(queue.next(4_000, 0)).toMatchObject({ send: expect.stringContaining("a") });
    queue.pause(4_000, 1_000);
    expect(queue.deliveredUpTo()).toBe(6);
    expect(queue.next(5_000, 0)).toMatchObject({ send: expect.stringContaining("a") });
    queue.done(5_000);
    expect(queue.deliveredUpTo()).toBe(8);
    pass(20_000);
    expect(queue.deliveredUpTo()).toBe(9);
  });

  it("includes a line that came during a send only after the next message", () => {
    const { queue, notify, pass, sent } = setUp();
    notify("a", { revision: 7 });
    queue.next(4_000, 0);
    notify("b", { revision: 8 });
    queue.done(4_000);
    expect(queue.deliveredUpTo()).toBe(7);
    pass(20_000);
    expect(sent.map(({ text }) => text)).toEqual(["*Nodes*\n• b"]);
  });
});

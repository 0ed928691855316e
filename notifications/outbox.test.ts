import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SEVERITIES } from "../crd-like-specs/resources/condition.ts";
import type { Severity } from "../crd-like-specs/resources/event.ts";
import type { Line } from "./message.ts";
import { openOutbox } from "./outbox.ts";

const HOSTS = { id: "hosts", title: "hosts" };
const thread = (title: string): Pick<Line, "thread"> => ({ thread: { id: title, title } });

/** An outbox on a clock of its own, and one who always takes what it says. */
function outbox() {
  const box = openOutbox();
  let now = 0;
  const said: { at: number; text: string }[] = [];
  return {
    box,
    said,
    now: () => now,
    /** Each text is a thing of its own, unless `subject` says otherwise. */
    notify: (text: string, more: Partial<Line> = {}) =>
      box.add({ ...{ at: now, severity: "info", thread: HOSTS, reason: "Said", subject: text, text }, ...more }, now),
    /** Lets so much time pass, and says what is to be said in it. */
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = box.next(now, now);
        if (next === undefined || ("waitMs" in next && now + next.waitMs > end)) break;
        if ("waitMs" in next) now += next.waitMs;
        else {
          said.push({ at: now, text: next.log });
          box.over(now);
        }
      }
      now = end;
    },
  };
}

describe("one thread", () => {
  it("is one message, once it has been quiet for four seconds", () => {
    const { notify, pass, said } = outbox();
    notify("h1 has made the swarm");
    pass(2_000);
    notify("h2 has joined the swarm");
    pass(3_999);
    expect(said).toEqual([]);
    pass(1);
    expect(said.map(({ text }) => text.split("\n"))).toEqual([
      ["*Hosts*", "• h1 has made the swarm", "• h2 has joined the swarm"],
    ]);
  });

  it("that does not come to rest is said after half a minute", () => {
    const { notify, pass, said } = outbox();
    for (let second = 0; second < 40; second++) {
      notify(`step ${second}`);
      pass(1_000);
    }
    expect(said.map(({ at }) => at)).toEqual([30_000]);
  });

  it("with an alarm does not wait for more, and goes first", () => {
    const { notify, pass, said, now } = outbox();
    notify("h1 runs web.service", thread("units"));
    pass(3_500);
    notify("the swarm has lost its quorum", { ...thread("swarm"), severity: "alarm" });
    const at = now();
    pass(10_000);
    expect(said[0]?.text).toContain("*Units*");
    expect(said[1]?.text).toContain("ALARM");
    expect((said[1]?.at ?? 0) - at).toBeLessThanOrEqual(1_500);
  });
});

describe("too much", () => {
  it("of the same is counted, and the count told when ten minutes are over", () => {
    const { notify, pass, said } = outbox();
    for (let turn = 0; turn < 15; turn++) {
      notify(`h4 is a manager now (${turn}.3 s)`, { subject: "promote/h4" });
      pass(10_000);
    }
    expect(said).toHaveLength(1);
    pass(600_000);
    expect(said).toHaveLength(2);
    expect(said[1]?.text).toContain("• again 14 times in 10 min: h4 is a manager now (0.3 s)");
    pass(3600_000);
    expect(said).toHaveLength(2);
  });

  it("is never more than a message a second and twenty a minute, whatever comes", () => {
    const event = fc.record({
      number: fc.integer({ min: 0, max: 60 }),
      severity: fc.constantFrom(...SEVERITIES),
      pause: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), events => {
        const { notify, pass, said } = outbox();
        for (const [index, { number, severity, pause }] of events.entries()) {
          notify(`line ${index}`, { thread: { id: `${number}`, title: "thread" }, severity });
          pass(pause);
        }
        pass(600_000);
        const times = said.map(({ at }) => at);
        for (const [index, at] of times.entries()) {
          if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
          if (index >= 20) expect(at - (times[index - 20] ?? 0)).toBeGreaterThanOrEqual(60_000);
        }
        const counts = said.map(({ text }) => text.split("\n").filter(one => one.startsWith("• ")).length);
        const left = said.map(({ text }) => Number(/^and (\d+) more/m.exec(text)?.[1] ?? 0));
        expect([...counts, ...left].reduce((sum, one) => sum + one, 0)).toBe(events.length);
      }),
      { numRuns: 50 },
    );
  });

  it("at once becomes one message", () => {
    const { notify, pass, said } = outbox();
    for (let host = 0; host < 12; host++) notify(`h${host} is up`, thread(`h${host}`));
    pass(60_000);
    expect(said).toHaveLength(1);
    expect(said[0]?.text.match(/is up/g)).toHaveLength(12);
  });

  it("is held for a time and no longer; the oldest of the least severe go first, and are counted", () => {
    const { box, notify, pass, said } = outbox();
    box.hold(0, 60_000);
    const add = (severity: Severity, count: number) => {
      for (let index = 0; index < count; index++) notify(`${severity} ${index}`, { severity });
    };
    add("alarm", 10);
    add("info", 480);
    add("warning", 30);
    pass(59_999);
    expect(said).toEqual([]);
    pass(1);
    expect(said).toHaveLength(1);
    expect(said[0]?.text).toContain("alarm 0");
    expect(said[0]?.text).toContain("and 490 more");
  });
});

describe("what is said to have been told", () => {
  it("is never what still waits, nor what was handed out and not said", () => {
    const { box, notify, pass } = outbox();
    expect(box.deliveredUpTo()).toBeUndefined();
    notify("a", { revision: 7 });
    notify("b", { revision: 9, ...thread("units") });
    expect(box.deliveredUpTo()).toBe(6);
    expect(box.next(4_000, 0)).toMatchObject({ log: expect.stringContaining("a") });
    box.hold(4_000, 1_000);
    expect(box.deliveredUpTo()).toBe(6);
    expect(box.next(5_000, 0)).toMatchObject({ log: expect.stringContaining("a") });
    box.over(5_000);
    expect(box.deliveredUpTo()).toBe(8);
    pass(20_000);
    expect(box.deliveredUpTo()).toBe(9);
  });

  it("is what comes while a message is under way only with the next one", () => {
    const { box, notify, pass, said } = outbox();
    notify("a", { revision: 7 });
    box.next(4_000, 0);
    notify("b", { revision: 8 });
    box.over(4_000);
    expect(box.deliveredUpTo()).toBe(7);
    pass(20_000);
    expect(said.map(({ text }) => text)).toEqual(["*Hosts*\n• b"]);
  });
});

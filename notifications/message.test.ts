import { describe, expect, it } from "vitest";
import { type Line, messageText } from "./message.ts";

const NOW = Date.UTC(2024, 0, 1, 12);
const line = (text: string, more: Partial<Line> = {}): Line => ({
  at: NOW,
  severity: "info",
  thread: { id: "promote-h4", title: "making h4 a manager" },
  reason: "OperationStarted",
  text,
  ...more,
});
const one = (...lines: Line[]) => [{ name: "making h4 a manager", lines, dropped: 0 }];

describe("a message", () => {
  it("shows an operation under its name, and names its node once", () => {
    const node = (is: string) => ({ node: { name: "h4", is } });
    const lines = [
      line("adding h4 to etcd as a learner", node("worker, 10.0.0.4")),
      line("h4 is a manager now (2.3 s)", node("manager, 10.0.0.4")),
    ];
    expect(messageText(one(...lines), NOW)).toBe(
      [
        "*Making h4 a manager*",
        "• adding h4 to etcd as a learner",
        "• h4 is a manager now (2.3 s)",
        "_h4 (manager, 10.0.0.4)_",
      ].join("\n"),
    );
  });

  it("shows the highest severity, and marks the lines that have it", () => {
    expect(messageText(one(line("all is healthy"), line("h4 was rolled back", { severity: "warning" })), NOW)).toBe(
      "*Making h4 a manager* · *WARNING*\n• all is healthy\n• *warning* h4 was rolled back",
    );
    expect(messageText(one(line("etcd has lost its quorum", { severity: "alarm" })), NOW)).toBe(
      "*Making h4 a manager* · *ALARM*\n• etcd has lost its quorum",
    );
  });

  it("shows the time of a line that is sent late", () => {
    const at = NOW - 3600_000;
    expect(messageText(one(line("h3 is unreachable", { at })), NOW)).toContain(
      `• <!date^${at / 1000}^{time_secs}|11:00:00 UTC> h3 is unreachable`,
    );
  });

  it("escapes mentions, and keeps each value on one short line", () => {
    expect(messageText(one(line("rejected <!channel> & <@U1>\n```rm```")), NOW)).toContain(
      "• rejected &lt;!channel&gt; &amp; &lt;@U1&gt; ```rm```",
    );
    expect(messageText(one(line("x".repeat(5000))), NOW).length).toBeLessThan(500);
  });

  it("shows at most thirty lines, the most severe and then the newest, and counts the others", () => {
    const many = Array.from({ length: 60 }, (_, index) => line(`line ${index}`));
    const text = messageText(
      [{ name: "units", lines: [line("bad", { severity: "warning" }), ...many], dropped: 3 }],
      NOW,
    );
    const lines = text.split("\n");
    expect(lines).toHaveLength(32);
    expect(lines[1]).toBe("• *warning* bad");
    expect(lines[2]).toBe("• line 31");
    expect(lines.at(-1)).toBe("and 34 more: `swarmkeeper events`");
  });

  it("shows several threads one after the other", () => {
    const threads = [
      { name: "spec", lines: [line("spec/managers 3 → 5")], dropped: 0 },
      { name: "nodes", lines: [line("h9 is up")], dropped: 0 },
    ];
    expect(messageText(threads, NOW)).toBe("*Spec*\n• spec/managers 3 → 5\n*Nodes*\n• h9 is up");
  });
});

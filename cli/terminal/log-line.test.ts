import { expect, it } from "vitest";
import { logLine } from "./log-line.ts";
import { plain } from "./paint.ts";

const TIME = Date.parse("2026-03-01T23:14:40.123Z");
const line = (entry: object) => logLine(JSON.stringify({ time: TIME, pid: 7, hostname: "h1", ...entry }), plain);

it("formats the JSON lines of pino", () => {
  const lines = [
    line({ level: 30, msg: "3 managers, 5 wanted: adding h4 to etcd as a learner", round: 418, ms: 12 }),
    line({ level: 30, msg: "joining the swarm", topic: "swarm", managers: ["10.89.0.11:2377"] }),
    line({ level: 50, msg: "the round failed", err: { type: "Error", message: "no answer: timed out", stack: "…" } }),
    line({ level: 35, msg: "between the levels", node: "h 1", time: "2026-03-01T23:14:41Z" }),
  ];
  expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
    "
    23:14:40 info   round 418   3 managers, 5 wanted: adding h4 to etcd as a learner  12 ms
    23:14:40 info   swarm       joining the swarm  managers=["10.89.0.11:2377"]
    23:14:40 error              the round failed: no answer: timed out
    23:14:41 35                 between the levels  node="h 1"
    "
  `);
});

it.each(["", "plain text", "{", "[1]", '{"no":"level"}', "null"])(
  "passes the line %j unchanged, because it is not of pino",
  text => {
    expect(logLine(text, plain)).toBe(text);
  },
);

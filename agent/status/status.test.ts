import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { virtualClock } from "../../test/fakes/clock/clock.ts";
import { type Facts, openReport, type Remark, statusOf } from "./status.ts";

const self = { id: nodeId("aaaaaaaaaaaa"), name: "h1", address: "10.0.0.1", role: "worker" } as const;
const facts: Facts = {
  etcd: { mode: "proxy", healthy: true },
  swarm: { state: "active", control: false, node: swarmNodeId("n1") },
  units: [],
  unknownUnits: undefined,
  left: [],
  drift: [],
  settled: true,
  assignment: { generation: 3, role: "worker", etcd: { mode: "proxy", endpoints: [] }, units: [] },
  generation: 3,
  gone: false,
  vault: undefined,
};
const remarks: Record<Remark["kind"], Remark> = {
  waiting: { kind: "waiting", text: "waits" },
  failing: { kind: "failing", text: "fails" },
  refused: { kind: "refused", text: "is refused" },
};

describe("the status", () => {
  it.each([
    ["running", {}, []],
    ["running", {}, [remarks.failing]],
    ["applying", { generation: 2 }, [remarks.failing]],
    ["bootstrapping", { settled: false }, [remarks.waiting]],
    ["bootstrapping", { assignment: undefined, generation: 0 }, []],
    ["refused", {}, [remarks.waiting, remarks.refused]],
    ["gone", { gone: true }, [remarks.refused]],
  ] satisfies [string, Partial<Facts>, Remark[]][])("is in phase %s", (phase, some, said) => {
    expect(statusOf(self, { ...facts, ...some }, said)?.phase).toBe(phase);
  });
  it("says the worst first", () => {
    const status = statusOf(self, facts, [remarks.waiting, remarks.refused, remarks.failing]);
    expect(status?.message).toBe("is refused; fails; waits");
    expect(statusOf(self, facts, [])).not.toHaveProperty("message");
  });
  it("is none before the world was looked at", () => {
    expect(statusOf(self, { ...facts, etcd: undefined }, [])).toBeUndefined();
    expect(statusOf(self, { ...facts, swarm: undefined }, [])).toBeUndefined();
  });
});

it("says each thing once, until it changes", () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  const report = openReport(self, virtualClock(), log);
  report.say("swarm", remarks.waiting);
  report.say("swarm", { ...remarks.waiting });
  report.say("etcd", remarks.failing);
  report.say("swarm", remarks.refused);
  report.settle("swarm");
  report.say("swarm", remarks.waiting);
  expect(lines).toEqual(["waits", "fails", "is refused", "waits"]);
});

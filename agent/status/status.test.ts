import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { type Facts, openReport, type StatusMessage, statusOf } from "./status.ts";

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
const statusMessages: Record<StatusMessage["kind"], StatusMessage> = {
  waiting: { kind: "waiting", text: "waits" },
  failing: { kind: "failing", text: "fails" },
  rejected: { kind: "rejected", text: "is refused" },
};

describe("the status", () => {
  it.each([
    ["running", {}, []],
    ["running", {}, [statusMessages.failing]],
    ["applying", { generation: 2 }, [statusMessages.failing]],
    ["bootstrapping", { settled: false }, [statusMessages.waiting]],
    ["bootstrapping", { assignment: undefined, generation: 0 }, []],
    ["rejected", {}, [statusMessages.waiting, statusMessages.rejected]],
    ["gone", { gone: true }, [statusMessages.rejected]],
  ] satisfies [string, Partial<Facts>, StatusMessage[]][])("is in phase %s", (phase, some, said) => {
    expect(statusOf(self, { ...facts, ...some }, said)?.phase).toBe(phase);
  });
  it("says the worst first", () => {
    const status = statusOf(self, facts, [statusMessages.waiting, statusMessages.rejected, statusMessages.failing]);
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
  const report = openReport(self, fakeClock(), log);
  report.setMessage("swarm", statusMessages.waiting);
  report.setMessage("swarm", { ...statusMessages.waiting });
  report.setMessage("etcd", statusMessages.failing);
  report.setMessage("swarm", statusMessages.rejected);
  report.settle("swarm");
  report.setMessage("swarm", statusMessages.waiting);
  expect(lines).toEqual(["waits", "fails", "is refused", "waits"]);
});

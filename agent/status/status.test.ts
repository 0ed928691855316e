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
  shutDown: false,
  vault: undefined,
};
const statusMessages: Record<StatusMessage["kind"], StatusMessage> = {
  waiting: { kind: "waiting", reason: "NoSwarm", text: "waits" },
  failing: { kind: "failing", reason: "StepFailed", text: "fails" },
  rejected: { kind: "rejected", reason: "SwarmDiffers", text: "is rejected" },
};

describe("the status", () => {
  it.each([
    ["running", {}, []],
    ["running", {}, [statusMessages.failing]],
    ["applying", { generation: 2 }, [statusMessages.failing]],
    ["bootstrapping", { settled: false }, [statusMessages.waiting]],
    ["bootstrapping", { assignment: undefined, generation: 0 }, []],
    ["rejected", {}, [statusMessages.waiting, statusMessages.rejected]],
    ["gone", { shutDown: true }, [statusMessages.rejected]],
  ] satisfies [string, Partial<Facts>, StatusMessage[]][])("is in phase %s", (phase, some, messages) => {
    expect(statusOf(self, { ...facts, ...some }, messages)?.phase).toBe(phase);
  });
  it("puts the most serious message first, with its reason", () => {
    const status = statusOf(self, facts, [statusMessages.waiting, statusMessages.rejected, statusMessages.failing]);
    expect(status).toMatchObject({ reason: "SwarmDiffers", message: "is rejected; fails; waits" });
    expect(statusOf(self, facts, [])).not.toHaveProperty("reason");
    expect(statusOf(self, facts, [])).not.toHaveProperty("message");
  });
  it("does not exist before etcd and docker are observed", () => {
    expect(statusOf(self, { ...facts, etcd: undefined }, [])).toBeUndefined();
    expect(statusOf(self, { ...facts, swarm: undefined }, [])).toBeUndefined();
  });
});

function reporting() {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  return { lines, report: openReport(self, fakeClock(), log) };
}

it("a status message is logged once, until it changes", () => {
  const { lines, report } = reporting();
  report.setMessage("swarm", statusMessages.waiting);
  report.setMessage("swarm", { ...statusMessages.waiting });
  report.setMessage("etcd", statusMessages.failing);
  report.setMessage("swarm", statusMessages.rejected);
  report.settle("swarm");
  report.setMessage("swarm", statusMessages.waiting);
  expect(lines).toEqual(["waits", "fails", "is rejected", "waits"]);
});

it("a status message with another sentence is reported, and logged only with another reason, subject or minute", () => {
  const { lines, report } = reporting();
  const message = { kind: "waiting", reason: "EtcdUnreachable", minutes: 0 } as const;
  report.setMessage("connection", { ...message, text: "a does not answer" });
  report.setMessage("connection", { ...message, text: "b does not answer" });
  expect(report.statusMessages().map(({ text }) => text)).toEqual(["b does not answer"]);
  report.setMessage("connection", { ...message, minutes: 1, text: "for a minute" });
  report.setMessage("connection", { ...message, minutes: 1, subject: "c", text: "about c" });
  expect(lines).toEqual(["a does not answer", "for a minute", "about c"]);
});

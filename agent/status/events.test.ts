import { describe, expect, it } from "vitest";
import { nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus, UnitReport } from "../../crd-like-specs/resources/node-status.ts";
import { nodeEvents, type ReportedState, reportedBy } from "./events.ts";

const SELF = { name: "h4", address: "10.0.0.4", role: "worker" } as const;
const status = (more: Partial<NodeStatus> = {}): NodeStatus => ({
  id: nodeId("00000000000a"),
  name: "h4",
  generation: 1,
  phase: "running",
  etcd: { mode: "proxy", healthy: true },
  swarm: { state: "active", node: swarmNodeId("n4"), control: false },
  left: [],
  units: [],
  ...more,
});
const unit = (more: Partial<UnitReport> = {}): UnitReport => ({
  name: "web.service",
  active: "active",
  sub: "running",
  restarts: 0,
  ...more,
});
const failed = unit({
  active: "failed",
  sub: "failed",
  problem: { reason: "Failed", transient: false, message: "has failed (exit-code)" },
});
const starting = unit({
  active: "activating",
  sub: "start",
  problem: { reason: "Starting", transient: true, message: "is starting" },
});

/** The events of these statuses, one after the other, ten seconds apart. */
function reportedEvents(reported: ReportedState | undefined, ...statuses: NodeStatus[]): string[][] {
  let last = reported;
  return statuses.map((one, index) => {
    const { events, reported: now } = nodeEvents(last, one, SELF, index * 10_000);
    last = now;
    return events.map(({ severity, text }) => `${severity} ${text}`);
  });
}

describe("the events of a node", () => {
  it("record each step from its first status on once", () => {
    const outside = { state: "inactive", control: false } as const;
    expect(
      reportedEvents(
        undefined,
        status({ phase: "bootstrapping", swarm: outside }),
        status({ phase: "bootstrapping" }),
        status({ phase: "applying" }),
        status(),
        status({ swarm: outside }),
        status({ phase: "applying" }),
        status(),
      ),
    ).toEqual([
      ["info h4 is new: 10.0.0.4, a worker by its user-data"],
      [],
      ["info h4 has joined the swarm"],
      ["info h4 is up"],
      [],
      [],
      [],
    ]);
  });

  it("name the node that made the swarm", () => {
    const made = status({ swarm: { state: "active", node: swarmNodeId("n1"), control: true } });
    expect(reportedEvents(undefined, made)[0]).toContain("info h4 has made the swarm");
  });

  it("do not repeat after a restart of its agent", () => {
    const now = status({ units: [unit({ name: "db.service", file: "a" }), failed] });
    expect(reportedEvents(reportedBy(now), now)).toEqual([[]]);
  });
});

describe("the events of a unit", () => {
  it("record that it runs, fails and runs again, without the transient states in between", () => {
    expect(
      reportedEvents(
        reportedBy(status()),
        ...[[starting], [unit()], [failed], [starting], [unit()], [starting], [unit()]].map(units => status({ units })),
      ),
    ).toEqual([
      [],
      ["info h4 runs web.service"],
      ["warning web.service on h4: has failed (exit-code)"],
      [],
      ["info h4 runs web.service"],
      [],
      [],
    ]);
  });

  it("record that it runs another text", () => {
    const runs = (file: string) => status({ units: [unit({ file })] });
    expect(reportedEvents(reportedBy(runs("a")), runs("b"), runs("b"))).toEqual([["info h4 runs web.service"], []]);
  });

  it("are at most four in ten minutes for a unit that flaps, and then its latest state", () => {
    const statuses = Array.from({ length: 62 }, (_, index) => status({ units: [index % 2 === 0 ? failed : unit()] }));
    const reported = reportedEvents(reportedBy(status({ units: [unit()] })), ...statuses);
    expect(reported.slice(0, 60).flat()).toHaveLength(4);
    expect(reported.slice(60)).toEqual([
      ["warning web.service on h4: has failed (exit-code)"],
      ["info h4 runs web.service"],
    ]);
  });
});

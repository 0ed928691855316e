import { describe, expect, it } from "vitest";
import { nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import type { StatusReason } from "../host/explanation.ts";
import { decideSwarm, type SwarmView } from "./decide.ts";

const me = nodeId("aaaaaaaaaaaa");
const other = nodeId("bbbbbbbbbbbb");
const at = "2024-01-01T00:00:00Z";
const byMe: SwarmRecord = { state: "initialising", by: me, name: "h1", address: "10.0.0.1", at };
const byOther: SwarmRecord = { state: "initialising", by: other, name: "h2", address: "10.0.0.2", at };
const ready: SwarmRecord = { state: "ready", id: "wanted", managers: ["10.0.0.2:2377"] };

type Engine = EngineInfo["swarm"];
const inactive: Engine = {
  state: "inactive",
  node: undefined,
  control: false,
  cluster: undefined,
  error: "",
  remoteManagers: [],
};
const worker: Engine = { ...inactive, state: "active", node: swarmNodeId("n1") };
const manager: Engine = { ...worker, control: true, cluster: "wanted" };
const noQuorum: Engine = { ...worker, error: "" };

const base: SwarmView = {
  self: me,
  recordKey: "/swarmkeeper/swarm",
  mayInit: "yes",
  engine: inactive,
  pendingMs: 0,
  noted: undefined,
  removed: undefined,
  record: undefined,
  tokenKey: undefined,
};
const decide = (view: Partial<SwarmView>) => decideSwarm({ ...base, ...view });
const noted = { id: "wanted", node: swarmNodeId("n1") };
const waits = (reason: StatusReason, text: unknown = expect.any(String)) => ({ do: "wait", why: { reason, text } });

describe("a node outside any swarm", () => {
  it("announces the swarm when there is none, if it may", () => {
    expect(decide({})).toEqual({ do: "announce" });
    expect(decide({ mayInit: "not-a-manager" })).toMatchObject(waits("NoSwarm"));
    expect(decide({ mayInit: "not-an-etcd-member" })).toMatchObject(waits("NoSwarm"));
    expect(decide({ mayInit: "etcd-not-healthy" })).toMatchObject(
      waits("EtcdUnhealthy", expect.stringMatching(/etcd member.*not healthy/)),
    );
  });
  it("makes no second swarm if only the record of the first one was deleted", () => {
    const step = decide({ tokenKey: "/swarmkeeper/tokens/worker" });
    const remedy = expect.stringContaining("etcdctl del /swarmkeeper/tokens/worker");
    expect(step).toMatchObject(waits("SwarmRecordDeleted", remedy));
  });
  it("makes the swarm that it has announced", () => {
    expect(decide({ record: byMe })).toEqual({ do: "init" });
    expect(decide({ record: byMe, mayInit: "etcd-not-healthy" })).toMatchObject(waits("EtcdUnhealthy"));
    expect(decide({ record: byMe, mayInit: "not-an-etcd-member" })).toMatchObject({
      do: "reject",
      why: { reason: "MayNotMakeSwarm" },
    });
  });
  it("waits for the node that has announced it, and names the remedy if that node is lost", () => {
    const step = decide({ record: byOther });
    expect(step).toMatchObject(waits("SwarmInProgress"));
    expect(step).toHaveProperty("why.text", expect.stringContaining("h2 (10.0.0.2)"));
    expect(step).toHaveProperty("why.text", expect.stringContaining("etcdctl del /swarmkeeper/swarm"));
  });
  it("joins the swarm that is ready, with or without a note of an earlier join", () => {
    const join = { do: "join", swarm: "wanted", managers: ["10.0.0.2:2377"] };
    expect(decide({ record: ready })).toEqual(join);
    expect(decide({ record: ready, noted, mayInit: "not-a-manager" })).toEqual(join);
  });
});

describe("a node in a swarm", () => {
  it("completes the record of the swarm that it has made", () => {
    expect(decide({ engine: manager, record: byMe })).toEqual({ do: "complete" });
    expect(decide({ engine: noQuorum, record: byMe })).toMatchObject(waits("SwarmLeaderless"));
  });
  it("is settled as a manager of the record's swarm", () => {
    expect(decide({ engine: manager, record: ready })).toEqual({ do: "settled", swarm: "wanted" });
    expect(decide({ engine: manager, record: ready, noted })).toEqual({ do: "settled", swarm: "wanted" });
  });
  it("is settled as a worker, or a manager without a quorum, that it has noted", () => {
    expect(decide({ engine: worker, record: ready, noted })).toEqual({ do: "settled", swarm: "wanted" });
    expect(decide({ engine: worker, record: ready, noted: { id: "wanted" } })).toMatchObject({ do: "settled" });
  });
  it.each([
    [
      "as another swarm's manager",
      { engine: { ...manager, cluster: "other" }, record: ready },
      "SwarmDiffers",
      "other",
    ],
    ["as a worker without a note of a join", { engine: worker, record: ready }, "SwarmDiffers", "in no swarm"],
    [
      "as a worker of a swarm noted before",
      { engine: worker, record: ready, noted: { ...noted, id: "old" } },
      "SwarmDiffers",
      "old",
    ],
    [
      "as another node of the swarm",
      { engine: worker, record: ready, noted: { ...noted, node: swarmNodeId("n0") } },
      "SwarmDiffers",
      "n0",
    ],
    [
      "in a swarm without a record",
      { engine: manager, record: undefined },
      "SwarmUnknown",
      "etcd has no record of one",
    ],
    ["in a swarm while another node makes one", { engine: manager, record: byOther }, "SwarmDiffers", "h2 (10.0.0.2)"],
  ])("is rejected %s, with both sides and a remedy in the message", (_, view, reason, named) => {
    const step = decide(view);
    expect(step).toMatchObject({ do: "reject", why: { reason } });
    expect(step).toHaveProperty("why.text", expect.stringContaining(named));
    expect(step).toHaveProperty("why.text", expect.stringContaining("docker swarm leave --force"));
  });
});

describe("a node whose docker is not settled", () => {
  it("waits while docker joins", () => {
    const joining: Engine = {
      ...inactive,
      state: "pending",
      error: "connection refused",
      remoteManagers: ["10.0.0.2:2377"],
    };
    const text = "docker is joining a swarm at 10.0.0.2:2377: connection refused";
    expect(decide({ engine: joining, record: ready })).toEqual(waits("SwarmJoining", text));
  });
  it("waits while docker is searching for its leader", () => {
    const joiningEngine: Engine = { ...worker, state: "pending", remoteManagers: ["10.0.0.2:2377"] };
    const text = "docker is searching for the leader of its swarm at 10.0.0.2:2377";
    expect(decide({ engine: joiningEngine, record: ready, noted })).toEqual(waits("SwarmLeaderless", text));
  });
  it("gives up a join that no manager answers, and never a membership", () => {
    const joining: Partial<SwarmView> = {
      engine: { ...inactive, state: "pending" },
      pendingMs: 121_000,
      record: ready,
    };
    expect(decide(joining)).toEqual({ do: "give-up" });
    expect(decide({ ...joining, noted: { id: "wanted" } })).toEqual({ do: "give-up" });
    expect(decide({ ...joining, noted })).toMatchObject(waits("SwarmJoining"));
  });
  it.each([
    ["error", "SwarmError"],
    ["locked", "SwarmLocked"],
  ] as const)("is rejected while docker is in state %s", (state, reason) => {
    expect(decide({ engine: { ...inactive, state }, record: ready })).toMatchObject({ do: "reject", why: { reason } });
  });
});

describe("a node that the swarm has removed", () => {
  const removed = swarmNodeId("n1");
  const forget = { do: "forget-swarm", node: removed };
  it.each([
    ["a manager that finds no leader", { ...inactive, state: "pending", node: removed }],
    ["a manager that does not know of it", manager],
    ["a manager without a quorum", { ...noQuorum, error: "The swarm does not have a leader" }],
    ["a worker", worker],
    ["a node that its swarm rejects", { ...inactive, state: "error", node: removed }],
    ["a node without a node id", { ...inactive, state: "error" }],
  ] as const)("forgets its swarm as %s", (_, engine) => {
    expect(decide({ engine, removed, record: ready, noted })).toEqual(forget);
    expect(decide({ engine, removed, record: ready, noted, mayInit: "not-a-manager" })).toEqual(forget);
    expect(decide({ engine, record: ready, noted })).not.toMatchObject({ do: "forget-swarm" });
  });
  it("keeps its swarm if it is another swarm node by now", () => {
    const again = { ...worker, node: swarmNodeId("n2") };
    const now = { id: "wanted", node: swarmNodeId("n2") };
    expect(decide({ engine: again, removed, record: ready, noted: now })).toMatchObject({ do: "settled" });
    expect(decide({ engine: { ...again, state: "error" }, removed, record: ready, noted: now })).toMatchObject({
      do: "reject",
    });
    // A join in progress has no node yet, and the note is of an earlier join.
    expect(decide({ engine: { ...inactive, state: "pending" }, removed, record: ready, noted })).toMatchObject({
      do: "wait",
    });
  });
  it("joins again once it has forgotten its swarm", () => {
    const join = { do: "join", swarm: "wanted", managers: ["10.0.0.2:2377"] };
    expect(decide({ removed, record: ready, noted })).toEqual(join);
    expect(decide({ removed, record: ready })).toEqual(join);
  });
});

describe("any combination of engine, record and note", () => {
  const engines = (["inactive", "pending", "active", "error", "locked"] as const).flatMap(state =>
    [undefined, "wanted", "other"].flatMap(cluster =>
      [true, false].map(control => ({ ...inactive, state, cluster, control, node: swarmNodeId("n1") })),
    ),
  );
  const views = engines.flatMap(engine =>
    [undefined, byMe, byOther, ready].flatMap(record =>
      [undefined, { id: "wanted" }, noted, { id: "other", node: swarmNodeId("n9") }].flatMap(note =>
        (["yes", "etcd-not-healthy", "not-an-etcd-member", "not-a-manager"] as const).flatMap(mayInit =>
          [undefined, swarmNodeId("n1"), swarmNodeId("n9")].map(removed => ({
            ...base,
            engine,
            record,
            noted: note,
            mayInit,
            removed,
          })),
        ),
      ),
    ),
  );
  it(`makes a swarm only as announced, by the announcer, outside any other swarm (${views.length} views)`, () => {
    for (const view of views) {
      const step = decideSwarm(view);
      if (step.do === "forget-swarm") {
        expect(view).toMatchObject({ removed: step.node, engine: { node: step.node } });
        expect(view.engine.state).not.toBe("inactive");
      }
      if (step.do === "init") {
        expect(view).toMatchObject({ record: byMe, mayInit: "yes", engine: { state: "inactive" } });
      }
      if (step.do === "announce") {
        expect(view).toMatchObject({ record: undefined, mayInit: "yes", engine: { state: "inactive" } });
      }
      if (step.do === "complete") expect(view).toMatchObject({ record: byMe, engine: { state: "active" } });
      if (step.do === "join") expect(view).toMatchObject({ record: ready, engine: { state: "inactive" } });
      if (step.do === "settled") {
        expect(view).toMatchObject({ record: ready, engine: { state: "active" } });
        expect(view.engine.cluster ?? view.noted?.id).toBe("wanted");
      }
    }
  });
});

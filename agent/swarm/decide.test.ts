import { describe, expect, it } from "vitest";
import { nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
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

describe("a host outside any swarm", () => {
  it("announces the swarm when there is none, if it may", () => {
    expect(decide({})).toEqual({ do: "announce" });
    expect(decide({ mayInit: "not-a-manager" })).toMatchObject({ do: "wait" });
    expect(decide({ mayInit: "not-an-etcd-member" })).toMatchObject({ do: "wait" });
    expect(decide({ mayInit: "etcd-not-healthy" })).toMatchObject({
      do: "wait",
      why: expect.stringMatching(/etcd member.*not healthy/),
    });
  });
  it("makes no second one where only the record of the first was deleted", () => {
    const step = decide({ tokenKey: "/swarmkeeper/tokens/worker" });
    expect(step).toMatchObject({ do: "wait", why: expect.stringContaining("etcdctl del /swarmkeeper/tokens/worker") });
  });
  it("makes the swarm that it has announced", () => {
    expect(decide({ record: byMe })).toEqual({ do: "init" });
    expect(decide({ record: byMe, mayInit: "etcd-not-healthy" })).toMatchObject({ do: "wait" });
    expect(decide({ record: byMe, mayInit: "not-an-etcd-member" })).toMatchObject({ do: "reject" });
  });
  it("waits for another that has announced it, and says what to do if that one is gone", () => {
    const step = decide({ record: byOther });
    expect(step).toMatchObject({ do: "wait" });
    expect(step).toHaveProperty("why", expect.stringContaining("h2 (10.0.0.2)"));
    expect(step).toHaveProperty("why", expect.stringContaining("etcdctl del /swarmkeeper/swarm"));
  });
  it("joins the swarm that is ready, whatever it was in before", () => {
    const join = { do: "join", swarm: "wanted", managers: ["10.0.0.2:2377"] };
    expect(decide({ record: ready })).toEqual(join);
    expect(decide({ record: ready, noted, mayInit: "not-a-manager" })).toEqual(join);
  });
});

describe("a host in a swarm", () => {
  it("completes the record of the swarm that it has made", () => {
    expect(decide({ engine: manager, record: byMe })).toEqual({ do: "complete" });
    expect(decide({ engine: noQuorum, record: byMe })).toMatchObject({ do: "wait" });
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
    ["another swarm's manager", { engine: { ...manager, cluster: "foreign" }, record: ready }, "foreign"],
    ["a worker that never noted to join", { engine: worker, record: ready }, "in no swarm"],
    ["a worker of a swarm noted before", { engine: worker, record: ready, noted: { ...noted, id: "old" } }, "old"],
    [
      "another node of the swarm",
      { engine: worker, record: ready, noted: { ...noted, node: swarmNodeId("n0") } },
      "n0",
    ],
    ["a swarm without a record", { engine: manager, record: undefined }, "etcd knows of none"],
    ["a swarm while another host makes one", { engine: manager, record: byOther }, "h2 (10.0.0.2)"],
  ])("is refused as %s, with both sides named and a way out", (_, view, named) => {
    const step = decide(view);
    expect(step).toMatchObject({ do: "reject" });
    expect(step).toHaveProperty("why", expect.stringContaining(named));
    expect(step).toHaveProperty("why", expect.stringContaining("docker swarm leave --force"));
  });
});

describe("a docker that cannot say", () => {
  it("is waited for while it joins", () => {
    const joining: Engine = { ...inactive, state: "pending", error: "refused", remoteManagers: ["10.0.0.2:2377"] };
    expect(decide({ engine: joining, record: ready })).toEqual({
      do: "wait",
      why: "docker is joining a swarm at 10.0.0.2:2377: refused",
    });
  });
  it("is waited for while it looks for its swarm", () => {
    const joiningEngine: Engine = { ...worker, state: "pending", remoteManagers: ["10.0.0.2:2377"] };
    expect(decide({ engine: joiningEngine, record: ready, noted })).toEqual({
      do: "wait",
      why: "docker looks for the leader of its swarm at 10.0.0.2:2377",
    });
  });
  it("is told to give up a join that leads nowhere, and never a membership", () => {
    const joining: Partial<SwarmView> = {
      engine: { ...inactive, state: "pending" },
      pendingMs: 121_000,
      record: ready,
    };
    expect(decide(joining)).toEqual({ do: "give-up" });
    expect(decide({ ...joining, noted: { id: "wanted" } })).toEqual({ do: "give-up" });
    expect(decide({ ...joining, noted })).toMatchObject({ do: "wait" });
  });
  it.each(["error", "locked"] as const)("is refused in state %s", state => {
    expect(decide({ engine: { ...inactive, state }, record: ready })).toMatchObject({ do: "reject" });
  });
});

describe("a docker whose node the swarm has removed", () => {
  const removed = swarmNodeId("n1");
  const forget = { do: "forget-swarm", node: removed };
  it.each([
    ["a manager that finds no leader", { ...inactive, state: "pending", node: removed }],
    ["a manager that has not heard of it", manager],
    ["a manager without a quorum", { ...noQuorum, error: "The swarm does not have a leader" }],
    ["a worker", worker],
    ["a node that its swarm refuses", { ...inactive, state: "error", node: removed }],
    ["a node that cannot say which one it is", { ...inactive, state: "error" }],
  ] as const)("is made to forget its swarm as %s", (_, engine) => {
    expect(decide({ engine, removed, record: ready, noted })).toEqual(forget);
    expect(decide({ engine, removed, record: ready, noted, mayInit: "not-a-manager" })).toEqual(forget);
    expect(decide({ engine, record: ready, noted })).not.toMatchObject({ do: "forget-swarm" });
  });
  it("is left alone where it is another node by now", () => {
    const again = { ...worker, node: swarmNodeId("n2") };
    const now = { id: "wanted", node: swarmNodeId("n2") };
    expect(decide({ engine: again, removed, record: ready, noted: now })).toMatchObject({ do: "settled" });
    expect(decide({ engine: { ...again, state: "error" }, removed, record: ready, noted: now })).toMatchObject({
      do: "reject",
    });
    // A join under way has no node yet, and what was noted before is not it.
    expect(decide({ engine: { ...inactive, state: "pending" }, removed, record: ready, noted })).toMatchObject({
      do: "wait",
    });
  });
  it("joins anew once it has forgotten", () => {
    const join = { do: "join", swarm: "wanted", managers: ["10.0.0.2:2377"] };
    expect(decide({ removed, record: ready, noted })).toEqual(join);
    expect(decide({ removed, record: ready })).toEqual(join);
  });
});

describe("every world", () => {
  const engines = (["inactive", "pending", "active", "error", "locked"] as const).flatMap(state =>
    [undefined, "wanted", "foreign"].flatMap(cluster =>
      [true, false].map(control => ({ ...inactive, state, cluster, control, node: swarmNodeId("n1") })),
    ),
  );
  const worlds = engines.flatMap(engine =>
    [undefined, byMe, byOther, ready].flatMap(record =>
      [undefined, { id: "wanted" }, noted, { id: "foreign", node: swarmNodeId("n9") }].flatMap(note =>
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
  it(`makes a swarm only as announced, by the announcer, outside any other (${worlds.length} worlds)`, () => {
    for (const view of worlds) {
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

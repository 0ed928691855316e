// The conditions of a report: identity, time and status.
import { expect, it } from "vitest";
import { CONDITIONS, conditionId } from "../../crd-like-specs/resources/condition.ts";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import type { PlanInput } from "../state/input.ts";
import { worldOf } from "../state/world.ts";
import { conditionsOf, type Finding } from "./conditions.ts";
import { plan, planUnobserved } from "./plan.ts";

const finding = (message: string, reason = "EtcdUnreachable"): Finding => ({
  ...{ type: "ManagerUnhealthy", subject: { node: idOf(3), name: "h3" }, reason, message },
});

/** The report of a round, whether or not both rafts are observed. */
function planned(input: PlanInput) {
  const world = worldOf(input);
  return (world ? plan(world) : planUnobserved(input)).report;
}

/** A cluster whose third manager has an etcd that does not answer, and the report on it. */
function withUnhealthyManager() {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  const member = model.members.get(3);
  if (member) model.members.set(3, { ...member, healthy: false });
  const { report } = model.plan();
  if (!report) throw new Error("both rafts are observed");
  return { model, report };
}

it("a condition keeps its time when its reason and message change", () => {
  const { model, report } = withUnhealthyManager();
  const [first] = report.conditions;
  expect(first).toMatchObject({ type: "ManagerUnhealthy", status: "True", subject: { node: idOf(3), member: "a3" } });
  expect(first?.since).toBe(new Date(model.now).toISOString());
  expect(conditionsOf([finding("in other words", "Unreachable")], report, model.now + 60_000)).toMatchObject([
    { since: first?.since, reason: "Unreachable", message: "in other words" },
  ]);
  expect(conditionsOf([], report, model.now)).toEqual([]);
});

it("two findings with one type and subject make one condition", () => {
  const { model } = withUnhealthyManager();
  const two = conditionsOf(
    [finding("a"), finding("b"), { ...finding("c"), subject: { node: idOf(2) } }],
    undefined,
    model.now,
  );
  expect(two.map(({ message }) => message)).toEqual(["a", "c"]);
});

it("conditions stay equal while nothing changes, at any time", () => {
  const { model, report } = withUnhealthyManager();
  const input = { ...model.input(), cluster: report };
  expect(planned({ ...input, now: input.now + 1_000 })?.conditions).toEqual(report.conditions);
});

it("a condition is Unknown while a raft cannot be observed, and keeps its time afterwards", () => {
  const { model, report } = withUnhealthyManager();
  const input = { ...model.input(), cluster: report };
  const swarm = {
    known: false,
    reason: "NoLeader",
    why: "the swarm cannot be observed: why",
    since: input.now,
  } as const;
  const unobserved = planned({ ...input, swarm });
  expect(unobserved?.conditions).toMatchObject([
    { type: "SwarmUnobservable", status: "True", reason: "NoLeader" },
    { type: "ManagerUnhealthy", status: "Unknown" },
  ]);
  const observed = planned({ ...input, now: input.now + 60_000, cluster: unobserved });
  expect(observed?.conditions).toEqual(report.conditions);
});

it("the id of a condition contains the ids of its subject, not its name", () => {
  expect(conditionId({ type: "EtcdQuorumLost" })).toBe("EtcdQuorumLost");
  expect(conditionId({ type: "RolloutHalted", subject: { revision: 4 } })).toBe("RolloutHalted/revision-4");
  expect(conditionId(finding("a"))).toBe("ManagerUnhealthy/000000000003");
  expect(conditionId({ ...finding("b"), subject: { node: idOf(3), name: "renamed" } })).toBe(conditionId(finding("a")));
});

it("every type of condition has a meaning", () => {
  for (const { meaning } of Object.values(CONDITIONS)) expect(meaning.length).toBeGreaterThan(20);
});

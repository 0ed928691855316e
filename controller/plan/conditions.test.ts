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
function ailing() {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  const member = model.members.get(3);
  if (member) model.members.set(3, { ...member, healthy: false });
  const { report } = model.plan();
  if (!report) throw new Error("both rafts are seen");
  return { model, report };
}

it("stands since it was first found, whatever its reason and its words are by now", () => {
  const { model, report } = ailing();
  const [first] = report.conditions;
  expect(first).toMatchObject({ type: "ManagerUnhealthy", status: "True", subject: { node: idOf(3), member: "a3" } });
  expect(first?.since).toBe(new Date(model.now).toISOString());
  expect(conditionsOf([finding("in other words", "Unreachable")], report, model.now + 60_000)).toMatchObject([
    { since: first?.since, reason: "Unreachable", message: "in other words" },
  ]);
  expect(conditionsOf([], report, model.now)).toEqual([]);
});

it("is one for each type and subject", () => {
  const { model } = ailing();
  const two = conditionsOf(
    [finding("a"), finding("b"), { ...finding("c"), subject: { node: idOf(2) } }],
    undefined,
    model.now,
  );
  expect(two.map(({ message }) => message)).toEqual(["a", "c"]);
});

it("makes the same report again while nothing changes, however much time passes", () => {
  const { model, report } = ailing();
  const input = { ...model.input(), cluster: report };
  expect(planned({ ...input, now: input.now + 1_000 })?.conditions).toEqual(report.conditions);
});

it("is unknown while nothing can be observed, and stands since the same time afterwards", () => {
  const { model, report } = ailing();
  const input = { ...model.input(), cluster: report };
  const swarm = { known: false, reason: "NoLeader", why: "swarm cannot be observed: why", since: input.now } as const;
  const blind = planned({ ...input, swarm });
  expect(blind?.conditions).toMatchObject([
    { type: "SwarmUnobservable", status: "True", reason: "NoLeader" },
    { type: "ManagerUnhealthy", status: "Unknown" },
  ]);
  const again = planned({ ...input, now: input.now + 60_000, cluster: blind });
  expect(again?.conditions).toEqual(report.conditions);
});

it("is identified by the ids of its subject", () => {
  expect(conditionId({ type: "EtcdQuorumLost" })).toBe("EtcdQuorumLost");
  expect(conditionId({ type: "RolloutHalted", subject: { revision: 4 } })).toBe("RolloutHalted/revision-4");
  expect(conditionId(finding("a"))).toBe("ManagerUnhealthy/000000000003");
  expect(conditionId({ ...finding("b"), subject: { node: idOf(3), name: "renamed" } })).toBe(conditionId(finding("a")));
});

it("has a meaning for every type", () => {
  for (const { meaning } of Object.values(CONDITIONS)) expect(meaning.length).toBeGreaterThan(20);
});

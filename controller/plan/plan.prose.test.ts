// The texts of actions and waits. Nothing but this test may depend on them.
import { expect, it } from "vitest";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import { describe } from "./describe.ts";

/** The texts of all actions until the plan is empty, without the writes that follow every change. */
function descriptions(model: InstantCluster): string[] {
  const lines: string[] = [];
  for (let round = 0; round < 200; round++) {
    const { actions } = model.plan();
    if (actions.length === 0)
      return lines.filter(line => !/^(assigning|units:|the swarm is joined|the worker token)/.test(line));
    lines.push(...actions.map(describe));
    model.round();
  }
  throw new Error("the plan is never empty");
}

const waiting = (model: InstantCluster) => model.plan().report?.waiting.map(({ what, why }) => `${what}: ${why}`);

it("describes a promotion with its steps and why this node was chosen", () => {
  expect(descriptions(new InstantCluster(5, [1, 2, 3], [1, 2], 3))).toEqual([
    "making h3 a manager (is an etcd voter already)",
    "promoting h3 in the swarm",
    "h3 is a manager now",
  ]);
});

it("describes a demotion with its steps and why this node was chosen", () => {
  expect(descriptions(new InstantCluster(5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 3)).slice(0, 4)).toEqual([
    "making h5 a worker (leads nothing)",
    "demoting h5 in the swarm",
    "removing h5 from etcd",
    "h5 is a worker now",
  ]);
});

it("describes a replacement with its wait, its steps and the successor", () => {
  const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  model.now += 60_000;
  model.kill(3);
  model.round();
  expect(waiting(model)).toEqual(["h3: unreachable; then: remove it from etcd and swarm, promote h4"]);
  model.now += 60_000;
  expect(descriptions(model)).toEqual([
    "making h4 a manager (in place of h3; is the longest registered of the eligible nodes)",
    "every node rejects the swarm port of 10.0.0.3",
    "removing h3 from etcd",
    "demoting h3 in the swarm",
    "removing h3, which is dead, from the swarm's nodes",
    "adding h4 to etcd as a learner",
    "promoting h4 to etcd voter",
    "promoting h4 in the swarm",
    "h4 is a manager now, in place of h3",
    "no manager is blocked any more",
  ]);
});

it("describes a drain with what requests it", () => {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  model.spec = { ...model.spec, nodes: { [idOf(4)]: { eligible: true, paused: false, drain: true } } };
  expect(descriptions(model)).toEqual([`draining h4: spec/nodes/${idOf(4)}/drain is true`]);
  model.spec = { ...model.spec, nodes: {} };
  expect(descriptions(model)).toEqual(["letting h4 take tasks again: nothing requests the drain any more"]);
});

it("reports why no node can become a manager, and which quorum is lost", () => {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
  model.converge();
  expect(waiting(model)).toEqual(["a node that can become a manager: there is no other node"]);
  for (const n of [2, 3]) {
    const member = model.members.get(n);
    if (member) model.members.set(n, { ...member, healthy: false });
  }
  expect(model.plan().report?.conditions.map(({ message }) => message)).toEqual(
    expect.arrayContaining(["h2: its etcd does not answer", "etcd has lost its quorum: 2 of 4 voters are healthy"]),
  );
});

// The wording of what a plan does and waits for: nothing but this test may depend on it.
import { expect, it } from "vitest";
import { InstantCluster, idOf } from "../../test/sim/instant-cluster.ts";
import { describe } from "./describe.ts";

/** Every action until nothing is asked for, in words, without those that are written each time something moves. */
function told(model: InstantCluster): string[] {
  const lines: string[] = [];
  for (let round = 0; round < 200; round++) {
    const { actions } = model.plan();
    if (actions.length === 0)
      return lines.filter(line => !/^(assigning|units:|the swarm is joined|the worker token)/.test(line));
    lines.push(...actions.map(describe));
    model.round();
  }
  throw new Error("no rest");
}

const waiting = (model: InstantCluster) => model.plan().report?.waiting.map(({ what, why }) => `${what}: ${why}`);

it("says of a manager that is made what is done, and why it is that one", () => {
  expect(told(new InstantCluster(5, [1, 2, 3], [1, 2], 3))).toEqual([
    "making h3 a manager (is an etcd voter already)",
    "promoting h3 in the swarm",
    "h3 is a manager now",
  ]);
});

it("says of a manager that is made a worker what is done, and why it is that one", () => {
  expect(told(new InstantCluster(5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 3)).slice(0, 4)).toEqual([
    "making h5 a worker (leads nothing)",
    "demoting h5 in the swarm",
    "removing h5 from etcd",
    "h5 is a worker now",
  ]);
});

it("says of a dead manager what is waited for, what is done, and who takes its place", () => {
  const model = new InstantCluster(5, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  model.now += 60_000;
  model.kill(3);
  model.round();
  expect(waiting(model)).toEqual(["h3: unreachable; then: remove it from etcd and swarm, promote h4"]);
  model.now += 60_000;
  expect(told(model)).toEqual([
    "making h4 a manager (in the place of h3; longest here of those that can be one)",
    "every host refuses to dial 10.0.0.3 for the swarm",
    "removing h3 from etcd",
    "demoting h3 in the swarm",
    "removing h3, which is dead, from the swarm's nodes",
    "adding h4 to etcd as a learner",
    "promoting h4 to etcd voter",
    "promoting h4 in the swarm",
    "h4 is a manager now, in the place of h3",
    "no address is shunned any more",
  ]);
});

it("says of a node that is drained who asks for it", () => {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 3);
  model.converge();
  model.spec = { ...model.spec, nodes: { [idOf(4)]: { eligible: true, paused: false, drain: true } } };
  expect(told(model)).toEqual([`draining h4: spec/nodes/${idOf(4)}/drain is true`]);
  model.spec = { ...model.spec, nodes: {} };
  expect(told(model)).toEqual(["letting h4 take tasks again: nothing asks for the drain any more"]);
});

it("says why nobody can be made a manager, and which quorum is lost", () => {
  const model = new InstantCluster(4, [1, 2, 3], [1, 2, 3], 5);
  model.converge();
  expect(waiting(model)).toEqual(["a host that can become a manager: there is no other host"]);
  for (const n of [2, 3]) {
    const member = model.members.get(n);
    if (member) model.members.set(n, { ...member, healthy: false });
  }
  expect(model.plan().report?.conditions.map(({ message }) => message)).toEqual(
    expect.arrayContaining(["h2: its etcd does not answer", "etcd has lost its quorum: 2 of 4 voters are healthy"]),
  );
});

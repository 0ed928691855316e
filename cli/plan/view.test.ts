import { describe, expect, it } from "vitest";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { ago, CLUSTER, collected, healthy, type Keys, keys, NOW, without } from "../../test/fixtures/cli/cluster.ts";
import { plain } from "../terminal/paint.ts";
import { buildPlan, PlanView, planText } from "./view.ts";

describe("swarmkeeper plan", () => {
  const plan = (all: Keys) =>
    `\n${planText(PlanView.strict().parse(buildPlan(collected(all))), NOW, plain).join("\n")}\n`;

  it("shows that there is nothing to do", () => {
    expect(plan(healthy())).toMatchInlineSnapshot(`
      "
      3 managers wanted, 3 now.
      Nothing to do.
      "
    `);
  });

  it("numbers the steps and shows their reasons", () => {
    const cluster: ClusterStatus = {
      ...CLUSTER,
      goal: "5 managers wanted, 3 now",
      steps: [
        { node: "h4", system: "etcd", text: "add 10.89.0.14 as a learner", why: "the oldest worker that may be one" },
        { node: "h4", system: "agent", text: "start etcd as a member" },
        { node: "h4", system: "etcd", text: "promote to voter", why: "when it has caught up with the leader" },
        { node: "h4", system: "swarm", text: "promote to manager", why: "last" },
      ],
      waiting: [{ what: "h4", reason: "LearnerUnreachable", why: "its etcd is still catching up", since: ago(3) }],
    };
    expect(plan({ ...healthy(), [keys.clusterStatus]: cluster })).toMatchInlineSnapshot(`
      "
      5 managers wanted, 3 now.
        1  h4  etcd   add 10.89.0.14 as a learner  the oldest worker that may be one
        2  h4  agent  start etcd as a member
        3  h4  etcd   promote to voter             when it has caught up with the leader
        4  h4  swarm  promote to manager           last
      Waiting for h4: its etcd is still catching up · 3 s
      Now: etcd and swarm can each lose 1.
      "
    `);
  });

  it("shows that no controller leads", () => {
    expect(plan({})).toMatchInlineSnapshot(`
      "
      No controller has led this cluster yet.
      No controller leads: no step is taken until one does.
      "
    `);
    expect(plan(without(healthy(), keys.leader))).toMatchInlineSnapshot(`
      "
      3 managers wanted, 3 now.
      No controller leads: no step is taken until one does.
      The last leader reported:
      Nothing to do.
      "
    `);
  });
});

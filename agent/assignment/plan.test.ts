import { describe, expect, it } from "vitest";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { memberId } from "../../crd-like-specs/resources/ids.ts";

import type { StatusReason } from "../host/explanation.ts";
import type { MemberOnDisk } from "../host/state.ts";
import { type CurrentNode, planAssignment } from "./plan.ts";

const endpoints = ["http://10.0.0.1:2379", "http://10.0.0.2:2379"];
const id = memberId("a4");
const initialCluster = [
  { name: "10.0.0.1", peerUrl: "http://10.0.0.1:2380" },
  { name: "h4", peerUrl: "http://10.0.0.4:2380" },
];
const onDisk: MemberOnDisk = {
  mode: "member",
  address: "10.0.0.4",
  initial: "existing",
  initialCluster,
  member: id,
  started: true,
};
const proxy: CurrentNode = {
  address: "10.0.0.4",
  peerUrl: "http://10.0.0.4:2380",
  etcd: { mode: "proxy", endpoints },
  dataIsThere: false,
  etcdAnswers: false,
  endpoints,
};
const member: CurrentNode = { ...proxy, etcd: onDisk, dataIsThere: true };

const worker: Assignment = { generation: 1, role: "worker", etcd: { mode: "proxy", endpoints }, units: [] };
const manager: Assignment = {
  generation: 2,
  role: "manager",
  etcd: { mode: "member", endpoints, member: id, initialCluster },
  units: ["swarmkeeper-controller.service"],
};
const released: Assignment = { ...worker, etcd: { mode: "proxy", endpoints, removed: id } };

const etcdSteps = (node: CurrentNode, assignment: Assignment) =>
  planAssignment(node, assignment).steps.filter(
    step => !["run-units", "stop-units", "use-endpoints"].includes(step.do),
  );

describe("the plan for etcd", () => {
  it("changes nothing when the node is what is assigned", () => {
    expect(etcdSteps(proxy, worker)).toEqual([{ do: "ensure-etcd" }]);
    expect(etcdSteps(member, manager)).toEqual([{ do: "ensure-etcd" }]);
    const unknown: MemberOnDisk = { ...onDisk, member: undefined };
    expect(etcdSteps({ ...member, etcd: unknown }, manager)).toEqual([{ do: "ensure-etcd" }]);
  });
  it("makes the node a member under its own name", () => {
    expect(etcdSteps(proxy, manager)).toEqual([
      {
        do: "become-member",
        member: id,
        initialCluster: [
          { name: "10.0.0.1", peerUrl: "http://10.0.0.1:2380" },
          { name: "10.0.0.4", peerUrl: "http://10.0.0.4:2380" },
        ],
      },
    ]);
    expect(etcdSteps({ ...proxy, etcd: undefined }, manager)).toMatchObject([{ do: "become-member" }]);
  });
  it("points the proxy to the assigned voters", () => {
    const moved = ["http://10.0.0.9:2379"];
    const assignment: Assignment = { ...worker, etcd: { mode: "proxy", endpoints: moved } };
    expect(etcdSteps(proxy, assignment)).toEqual([{ do: "proxy-to", endpoints: moved }]);
    expect(planAssignment(proxy, assignment).steps[0]).toEqual({ do: "use-endpoints", endpoints: moved });
  });
  it("leaves etcd only if the member is assigned as removed, with the node's own id included", () => {
    expect(etcdSteps(member, released)).toEqual([{ do: "leave-etcd", removed: [id], endpoints }]);
    const again: CurrentNode = { ...member, etcd: { ...onDisk, member: memberId("a9") } };
    expect(etcdSteps(again, released)).toMatchObject([{ removed: [id, memberId("a9")] }]);
    expect(planAssignment(member, worker).problem).toEqual({
      reason: "EtcdRemovalNotAssigned",
      text: expect.stringMatching(/becomes a proxy only when.*removed/),
    });
  });
  it.each([
    [
      "another member than it is",
      { ...member, etcd: { ...onDisk, member: memberId("a9") } },
      manager,
      "EtcdMemberDiffers",
      /is etcd member a9/,
    ],
    [
      "a member on another member's data",
      { ...proxy, dataIsThere: true },
      manager,
      "EtcdDataUnknown",
      /holds the data of another etcd member/,
    ],
    [
      "a member of a list without it",
      { ...proxy, peerUrl: "http://10.0.0.7:2380" },
      manager,
      "EtcdMemberNotListed",
      /do not include this node/,
    ],
    [
      "a proxy without endpoints",
      proxy,
      { ...worker, etcd: { mode: "proxy", endpoints: [] } },
      "EtcdEndpointsMissing",
      /names no etcd endpoints/,
    ],
  ] satisfies [string, CurrentNode, Assignment, StatusReason, RegExp][])(
    "leaves etcd unchanged when assigned %s",
    (_, node, assignment, reason, text) => {
      const plan = planAssignment(node, assignment);
      expect(plan.problem?.reason).toBe(reason);
      expect(plan.problem?.text).toMatch(text);
      expect(etcdSteps(node, assignment)).toEqual([{ do: "ensure-etcd" }]);
      expect(plan.steps.at(-1)).toEqual({ do: "run-units", assignment });
    },
  );
});

it("the plan stops units before anything else changes, and runs units last", () => {
  expect(planAssignment(member, released).steps).toEqual([
    { do: "stop-units", assignment: released },
    { do: "leave-etcd", removed: [id], endpoints },
    { do: "run-units", assignment: released },
  ]);
});

it("the plan runs units first if etcd stays unchanged and answers", () => {
  const healthy: CurrentNode = { ...proxy, etcdAnswers: true };
  expect(planAssignment(healthy, worker).steps.map(step => step.do)).toEqual(["run-units", "ensure-etcd"]);
  const moved: Assignment = { ...worker, etcd: { mode: "proxy", endpoints: ["http://10.0.0.9:2379"] } };
  expect(planAssignment(healthy, moved).steps.map(step => step.do)).toEqual([
    ...["use-endpoints", "stop-units", "proxy-to", "run-units"],
  ]);
});

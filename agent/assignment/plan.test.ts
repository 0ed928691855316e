import { describe, expect, it } from "vitest";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { memberId } from "../../crd-like-specs/resources/ids.ts";
import type { MemberOnDisk } from "../host/state.ts";
import { type HostView, planAssignment } from "./plan.ts";

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
const proxy: HostView = {
  address: "10.0.0.4",
  peerUrl: "http://10.0.0.4:2380",
  etcd: { mode: "proxy", endpoints },
  dataIsThere: false,
  etcdAnswers: false,
  endpoints,
};
const member: HostView = { ...proxy, etcd: onDisk, dataIsThere: true };

const worker: Assignment = { generation: 1, role: "worker", etcd: { mode: "proxy", endpoints }, units: [] };
const manager: Assignment = {
  generation: 2,
  role: "manager",
  etcd: { mode: "member", endpoints, member: id, initialCluster },
  units: ["swarmkeeper-controller.service"],
};
const released: Assignment = { ...worker, etcd: { mode: "proxy", endpoints, removed: id } };

const etcdSteps = (host: HostView, assignment: Assignment) =>
  planAssignment(host, assignment).steps.filter(
    step => !["run-units", "stop-units", "use-endpoints"].includes(step.do),
  );

describe("etcd", () => {
  it("stays what it is when that is what is assigned", () => {
    expect(etcdSteps(proxy, worker)).toEqual([{ do: "ensure-etcd" }]);
    expect(etcdSteps(member, manager)).toEqual([{ do: "ensure-etcd" }]);
    const unknown: MemberOnDisk = { ...onDisk, member: undefined };
    expect(etcdSteps({ ...member, etcd: unknown }, manager)).toEqual([{ do: "ensure-etcd" }]);
  });
  it("becomes a member under its own name", () => {
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
  it("follows the voters as a proxy", () => {
    const moved = ["http://10.0.0.9:2379"];
    const assignment: Assignment = { ...worker, etcd: { mode: "proxy", endpoints: moved } };
    expect(etcdSteps(proxy, assignment)).toEqual([{ do: "proxy-to", endpoints: moved }]);
    expect(planAssignment(proxy, assignment).steps[0]).toEqual({ do: "use-endpoints", endpoints: moved });
  });
  it("gives up its membership only as removed, its own id included", () => {
    expect(etcdSteps(member, released)).toEqual([{ do: "leave-etcd", removed: [id], endpoints }]);
    const again: HostView = { ...member, etcd: { ...onDisk, member: memberId("a9") } };
    expect(etcdSteps(again, released)).toMatchObject([{ removed: [id, memberId("a9")] }]);
    expect(planAssignment(member, worker)).toMatchObject({
      problem: expect.stringMatching(/becomes a proxy only when.*removed/),
    });
  });
  it.each([
    [
      "another member than it is",
      { ...member, etcd: { ...onDisk, member: memberId("a9") } },
      manager,
      /is etcd member a9/,
    ],
    ["a member on someone's data", { ...proxy, dataIsThere: true }, manager, /holds the data of another etcd member/],
    [
      "a member of a list without it",
      { ...proxy, peerUrl: "http://10.0.0.7:2380" },
      manager,
      /do not include this host/,
    ],
    ["a proxy to nowhere", proxy, { ...worker, etcd: { mode: "proxy", endpoints: [] } }, /names no etcd endpoints/],
  ] satisfies [string, HostView, Assignment, RegExp][])(
    "stays as it is when assigned %s",
    (_, host, assignment, why) => {
      const plan = planAssignment(host, assignment);
      expect(plan.problem).toMatch(why);
      expect(etcdSteps(host, assignment)).toEqual([{ do: "ensure-etcd" }]);
      expect(plan.steps.at(-1)).toEqual({ do: "run-units", assignment });
    },
  );
});

it("stops units before anything else changes, and runs them last", () => {
  expect(planAssignment(member, released).steps).toEqual([
    { do: "stop-units", assignment: released },
    { do: "leave-etcd", removed: [id], endpoints },
    { do: "run-units", assignment: released },
  ]);
});

it("lets units wait for no look at an etcd that stays as it is and answers", () => {
  const healthy: HostView = { ...proxy, etcdAnswers: true };
  expect(planAssignment(healthy, worker).steps.map(step => step.do)).toEqual(["run-units", "ensure-etcd"]);
  const moved: Assignment = { ...worker, etcd: { mode: "proxy", endpoints: ["http://10.0.0.9:2379"] } };
  expect(planAssignment(healthy, moved).steps.map(step => step.do)).toEqual([
    ...["use-endpoints", "stop-units", "proxy-to", "run-units"],
  ]);
});

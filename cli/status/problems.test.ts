import { describe, expect, it } from "vitest";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { memberId, nodeId, swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Operation, SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import {
  address,
  ago,
  CLUSTER,
  healthy,
  id,
  keys,
  nodeStatus,
  registration,
  without,
} from "../../test/fixtures/cli/cluster.ts";
import { shown } from "../../test/fixtures/cli/status-lines.ts";

describe("swarmkeeper status of an unhealthy cluster", () => {
  it("shows a new cluster that initialises its swarm", () => {
    const boot: Partial<NodeStatus> = {
      phase: "bootstrapping",
      generation: 0,
      units: [],
      etcd: { mode: "member", healthy: true },
      swarm: { state: "inactive", control: false },
    };
    const all = {
      [keys.swarm]: {
        state: "initialising",
        by: id(1),
        name: "h1",
        address: address(1),
        at: ago(4),
      } satisfies SwarmRecord,
      [keys.bootstrapLock]: JSON.stringify({ node: id(1), name: "h1" }),
      [keys.nodes.of(id(1))]: registration(1, "manager"),
      [keys.nodeStatus.of(id(1))]: nodeStatus(1, "manager", { ...boot, message: "initialises the swarm" }),
      [keys.nodes.of(id(2))]: registration(2, "manager"),
      [keys.nodeStatus.of(id(2))]: nodeStatus(2, "manager", {
        ...boot,
        message: "waits for h1 to initialise the swarm",
      }),
      [keys.nodes.of(id(3))]: registration(3, "manager"),
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Cluster   Not ready · there is no swarm yet · no controller leads
      Waiting   h1: it initialises the swarm; all other nodes join that one · 4 s
      Waiting   h1: it holds the bootstrap lock
      Node      h1 bootstrapping: initialises the swarm
      Node      h2 bootstrapping: waits for h1 to initialise the swarm
      Node      h3 registered: its agent has not reported yet

      NODE  ADDRESS     ROLE     SWARM  ETCD    UNITS  UP   VERSION
      h1    10.89.0.11  manager  -      member  -      12m  0.1.0
      h2    10.89.0.12  manager  -      member  -      12m  0.1.0
      h3    10.89.0.13  manager  -      -       -      12m  0.1.0
      "
    `);
  });

  it("shows an empty etcd", () => {
    expect(shown({})).toMatchInlineSnapshot(`
      "
      Cluster   Not ready · no node is registered · there is no swarm yet · no controller leads
      "
    `);
  });

  it("shows a node whose registration has expired, and what the leader waits for", () => {
    const cluster: ClusterStatus = {
      ...CLUSTER,
      ready: false,
      swarm: {
        ...CLUSTER.swarm,
        quorum: { voters: 3, healthy: 2, needed: 2, canLose: 0 },
        nodes: CLUSTER.swarm.nodes.map(node =>
          node.name === "h3" ? { ...node, state: "down", manager: { leader: false, reachable: false } } : node,
        ),
      },
      etcd: {
        ...CLUSTER.etcd,
        quorum: { voters: 3, healthy: 2, needed: 2, canLose: 0 },
        members: CLUSTER.etcd.members.map(member => (member.name === "h3" ? { ...member, healthy: false } : member)),
      },
      waiting: [
        {
          what: "h3",
          reason: "Unreachable",
          why: "unreachable; then: remove it from etcd and swarm, promote h4",
          since: ago(41),
          until: ago(-19),
        },
      ],
      conditions: [
        {
          ...{ type: "ManagerUnhealthy", status: "True", severity: "alarm", reason: "Unreachable", since: ago(41) },
          ...{
            subject: { node: id(3), name: "h3" },
            message: "h3: its etcd does not answer, the swarm cannot reach it",
          },
        },
      ],
    };
    const all = { ...without(healthy(), keys.nodes.of(id(3))), [keys.clusterStatus]: cluster };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Cluster   Not ready · not every node is healthy and up to date · 3 of 3 managers · controller on h2 for 13 m
      Swarm     quorum 2/3, can lose 0 · leader h2
      Etcd      quorum 2/3, can lose 0 · leader h1
      Units     manager 4/4 · worker 2/2
      Waiting   h3: unreachable; then: remove it from etcd and swarm, promote h4 · 41 s of 60 s
      Node      h3 gone: its registration has expired
      Alarm     h3: its etcd does not answer, the swarm cannot reach it

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP    VERSION
      h1    10.89.0.11  manager  reachable  leader  2/2    12m   0.1.0
      h2    10.89.0.12  manager  leader     voter   2/2    12m   0.1.0
      h3    10.89.0.13  manager  down       down    -      gone  -
      h4    10.89.0.14  worker   ready      proxy   1/1    12m   0.1.0
      h5    10.89.0.15  worker   ready      proxy   1/1    12m   0.1.0
      "
    `);
  });

  it("shows the operation in progress", () => {
    const operation: Operation = {
      id: "o1",
      kind: "promote",
      node: id(4),
      name: "h4",
      address: address(4),
      swarmNode: swarmNodeId("s4"),
      step: { id: "etcd-add-learner/http://10.89.0.14:2380", text: "add 10.89.0.14 as a learner" },
      reason: "5 managers wanted, 3 now",
      startedAt: ago(12),
      deadline: ago(-288),
      rollingBack: false,
    };
    const learner = {
      id: memberId("a4"),
      name: "h4",
      node: id(4),
      peerUrl: "http://10.89.0.14:2380",
      learner: true,
      leader: false,
      healthy: true,
    };
    const cluster: ClusterStatus = {
      ...CLUSTER,
      ready: false,
      managers: { wanted: 5, now: 3 },
      goal: "5 managers wanted, 3 now",
      etcd: { ...CLUSTER.etcd, members: [...CLUSTER.etcd.members, learner] },
    };
    expect(shown({ ...healthy(), [keys.operation]: operation, [keys.clusterStatus]: cluster })).toMatchInlineSnapshot(`
      "
      Cluster   Not ready · h4 is being promoted · 3 of 5 managers · controller on h2 for 13 m
      Swarm     quorum 3/3, can lose 1 · leader h2
      Etcd      quorum 3/3, can lose 1 · leader h1 · 1 learner
      Units     manager 6/6 · worker 2/2
      Change    h4 becomes a manager: add 10.89.0.14 as a learner · for 12 s, deadline in 4 m · 5 managers wanted, 3 now

      NODE  ADDRESS     ROLE     SWARM      ETCD     UNITS  UP   VERSION
      h1    10.89.0.11  manager  reachable  leader   2/2    12m  0.1.0
      h2    10.89.0.12  manager  leader     voter    2/2    12m  0.1.0
      h3    10.89.0.13  manager  reachable  voter    2/2    12m  0.1.0
      h4    10.89.0.14  worker   ready      learner  1/1    12m  0.1.0
      h5    10.89.0.15  worker   ready      proxy    1/1    12m  0.1.0
      "
    `);

    const replaces = { node: id(1), name: "h1", address: address(1) };
    const replacing = shown({
      ...healthy(),
      [keys.operation]: { ...operation, replaces },
      [keys.clusterStatus]: cluster,
    });
    expect(replacing).toContain("Not ready · h4 replaces h1 · 3 of 5 managers");
    expect(replacing).toContain(
      "Change    h4 becomes a manager and replaces h1: add 10.89.0.14 as a learner · for 12 s",
    );
  });

  it("shows a rejected node, failed units, unmanaged members and invalid keys", () => {
    const message = "/var/lib/swarmkeeper/etcd holds data of cluster c9, but this cluster is c1; move it away";
    const failed = [{ name: "web.service", active: "failed", sub: "failed", restarts: 3 }];
    const unmanaged = {
      id: memberId("a9"),
      name: "",
      peerUrl: "http://10.89.0.99:2380",
      learner: false,
      leader: false,
      healthy: false,
    };
    const cluster: ClusterStatus = {
      ...CLUSTER,
      ready: false,
      etcd: { ...CLUSTER.etcd, members: [...CLUSTER.etcd.members, unmanaged] },
      conditions: [
        {
          ...{ type: "NodeRejected", status: "True", severity: "alarm", reason: "RejectedByAgent", since: ago(9) },
          ...{ subject: { node: id(5), name: "h5" }, message: "h5: the message of its last report" },
        },
        {
          ...{ type: "UnknownEtcdMember", status: "True", severity: "alarm", reason: "NoSuchNode", since: ago(9) },
          subject: { member: memberId("a9") },
          message: "etcd member a9 (http://10.89.0.99:2380) belongs to no known node",
        },
        {
          ...{ type: "PlanRejected", status: "Unknown", severity: "alarm", reason: "CheckFailed", since: ago(9) },
          message: "plan rejected: a condition from before the cluster could not be observed",
        },
      ],
    };
    const all = {
      ...healthy(),
      [keys.clusterStatus]: cluster,
      [keys.nodeStatus.of(id(4))]: nodeStatus(4, "worker", { units: failed }),
      [keys.nodeStatus.of(id(5))]: nodeStatus(5, "worker", { phase: "rejected", message }),
      [keys.nodes.of(nodeId("00000000000f"))]: "hello",
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Cluster     Not ready · not every node is healthy and up to date · 3 of 3 managers · controller on h2 for 13 m
      Swarm       quorum 3/3, can lose 1 · leader h2
      Etcd        quorum 3/3, can lose 1 · leader h1
      Units       manager 6/6 · worker 1/2
                  web.service on h4: failed after 3 restarts
      Node        h5 rejected: /var/lib/swarmkeeper/etcd holds data of cluster c9, but this cluster is c1; move it away
      Alarm       etcd member a9 (http://10.89.0.99:2380) belongs to no known node
      Invalid key nodes/00000000000f: not JSON; this key holds a Registration, which a program writes

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP         VERSION
      h1    10.89.0.11  manager  reachable  leader  2/2    12m        0.1.0
      h2    10.89.0.12  manager  leader     voter   2/2    12m        0.1.0
      h3    10.89.0.13  manager  reachable  voter   2/2    12m        0.1.0
      h4    10.89.0.14  worker   ready      proxy   0/1    12m        0.1.0
      h5    10.89.0.15  worker   ready      proxy   1/1    12m        0.1.0
      a9    10.89.0.99  unknown  -          down    -      unmanaged  -
      "
    `);
  });
});

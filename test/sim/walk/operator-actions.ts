// Actions of operators during a walk: valid and invalid changes of the spec, and manual writes of the programs' keys.

import { Assignment } from "../../../crd-like-specs/resources/assignment.ts";
import { memberId, nodeId } from "../../../crd-like-specs/resources/ids.ts";
import { keys } from "../../fakes/world.ts";
import { powered } from "./context.ts";
import type { Fault } from "./node-faults.ts";

/** Puts a value under spec/. An etcd without a quorum would not answer, so the action is then skipped. */
const put = async (context: Parameters<Fault>[0], path: string, value: string, kind: string): Promise<void> => {
  if (!context.cluster.etcd.members.quorum()) return;
  await context.cluster.put(path, value).catch(() => {});
  context.counts.set(kind, (context.counts.get(kind) ?? 0) + 1);
  context.note(`${kind}: spec/${path} ${value}`);
};

const changeManagers: Fault = context =>
  put(context, "managers", context.chance.pick(["1", "3", "3", "5", "5"]) ?? "3", "managers changed");

const putInvalidManagers: Fault = context =>
  put(context, "managers", context.chance.pick(["4", "", "many", "-1", "[3]"]) ?? "", "invalid managers");

const pause: Fault = async context => {
  await put(context, "paused", "true", "paused");
  context.later(context.chance.spread(3_000, 60_000), () => void put(context, "paused", "false", "resumed"));
};

const settings: Fault = context => {
  const node = context.chance.pick(context.cluster.nodes);
  if (!node) return;
  const [setting, value] = context.chance.pick([
    ["eligible", "false"],
    ["eligible", "true"],
    ["paused", "true"],
    ["paused", "false"],
    ["drain", "true"],
    ["drain", "false"],
  ] as const) ?? ["eligible", "true"];
  return put(context, `nodes/${node.id()}/${setting}`, value, `node ${setting} ${value}`);
};

const remediation: Fault = context =>
  context.chance.percent(30)
    ? put(context, "remediation/reset", String(context.chance.int(1, 1_000_000)), "circuit breaker reset")
    : put(context, "remediation/enabled", context.chance.pick(["true", "false"]) ?? "true", "remediation switched");

const deleteKey: Fault = async context => {
  const { cluster, chance, counts, note } = context;
  const node = chance.pick(powered(context));
  if (!node || !cluster.etcd.members.quorum()) return;
  const id = nodeId(node.id());
  const [kind, key] = chance.pick([
    ["operation deleted", keys.operation],
    ["operation deleted", keys.operation],
    ["leader deleted", keys.leader],
    ["assignment deleted", keys.assignments.of(id)],
    ["status deleted", keys.nodeStatus.of(id)],
    ["registration deleted", keys.nodes.of(id)],
    ["cluster status deleted", keys.clusterStatus],
    ["swarm record deleted", keys.swarm],
    ["worker token deleted", keys.workerToken],
  ] as const) ?? ["operation deleted", keys.operation];
  if (cluster.etcd.store.get(key) === undefined) return;
  await cluster.manually({ delete: key }).catch(() => {});
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  note(`${kind} manually`);
};

/** Assigns a voter its own removal from etcd, or another member id. Neither is true, so its data must stay. */
const misassignVoter: Fault = async context => {
  const { cluster, chance, counts, note } = context;
  const voter = chance.pick(cluster.etcd.state().filter(member => !member.learner));
  const node = cluster.nodes.find(({ address }) => address === voter?.host);
  const key = node?.registered() ? keys.assignments.of(nodeId(node.id())) : undefined;
  const stored = key && cluster.etcd.members.quorum() ? cluster.etcd.store.get(key) : undefined;
  if (!voter || !node || !key || !stored) return;
  const assigned = Assignment.parse(JSON.parse(stored.value));
  const { endpoints } = assigned.etcd;
  const [kind, etcd] = chance.percent(50)
    ? (["voter assigned its own removal", { mode: "proxy", endpoints, removed: memberId(voter.id) }] as const)
    : ([
        "voter assigned another member id",
        { mode: "member", endpoints, member: memberId("f00"), initialCluster: [] },
      ] as const);
  // A generation that the leader does not write at the same time.
  const value = JSON.stringify({ ...assigned, generation: assigned.generation + 100, etcd });
  await cluster.manually({ put: key, value }).catch(() => {});
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  note(`${kind}, manually: ${node.name}`);
};

export const operatorActions: readonly (readonly [weight: number, Fault])[] = [
  [8, changeManagers],
  [1, putInvalidManagers],
  [2, pause],
  [3, settings],
  [1, remediation],
  [3, deleteKey],
  [1, misassignVoter],
];

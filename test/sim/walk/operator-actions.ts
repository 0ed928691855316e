// What operators do meanwhile: orders, orders that make no sense, and hands in what is not theirs.

import { memberId, nodeId } from "../../../crd-like-specs/resources/ids.ts";
import { Assignment } from "../../../crd-like-specs/resources/resources.ts";
import { keys } from "../../fakes/world.ts";
import { powered } from "./context.ts";
import type { Fault } from "./host-faults.ts";

/** Nobody gets an answer from an etcd without a leader: the order is given up. */
const put = async (context: Parameters<Fault>[0], path: string, value: string, kind: string): Promise<void> => {
  if (!context.cluster.etcd.members.quorum()) return;
  await context.cluster.put(path, value).catch(() => {});
  context.counts.set(kind, (context.counts.get(kind) ?? 0) + 1);
  context.note(`${kind}: spec/${path} ${value}`);
};

const orderManagers: Fault = context =>
  put(context, "managers", context.chance.pick(["1", "3", "3", "5", "5"]) ?? "3", "managers ordered");

const orderNonsense: Fault = context =>
  put(context, "managers", context.chance.pick(["4", "", "many", "-1", "[3]"]) ?? "", "nonsense ordered");

const pause: Fault = async context => {
  await put(context, "paused", "true", "paused");
  context.later(context.chance.spread(3_000, 60_000), () => void put(context, "paused", "false", "resumed"));
};

const settings: Fault = context => {
  const host = context.chance.pick(context.cluster.nodes);
  if (!host) return;
  const [setting, value] = context.chance.pick([
    ["eligible", "false"],
    ["eligible", "true"],
    ["paused", "true"],
    ["paused", "false"],
    ["drain", "true"],
    ["drain", "false"],
  ] as const) ?? ["eligible", "true"];
  return put(context, `nodes/${host.id()}/${setting}`, value, `node ${setting} ${value}`);
};

const remediation: Fault = context =>
  context.chance.percent(30)
    ? put(context, "remediation/reset", String(context.chance.int(1, 1_000_000)), "breaker reset")
    : put(context, "remediation/enabled", context.chance.pick(["true", "false"]) ?? "true", "remediation switched");

const deleteKey: Fault = async context => {
  const { cluster, chance, counts, note } = context;
  const host = chance.pick(powered(context));
  if (!host || !cluster.etcd.members.quorum()) return;
  const id = nodeId(host.id());
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
  note(`${kind} by hand`);
};

/** Tells a voter that it was removed from etcd, or that it is another member; neither is true, and its data must stay. */
const lieToVoter: Fault = async context => {
  const { cluster, chance, counts, note } = context;
  const voter = chance.pick(cluster.etcd.state().filter(member => !member.learner));
  const host = cluster.nodes.find(({ address }) => address === voter?.host);
  const key = host?.registered() ? keys.assignments.of(nodeId(host.id())) : undefined;
  const stored = key && cluster.etcd.members.quorum() ? cluster.etcd.store.get(key) : undefined;
  if (!voter || !host || !key || !stored) return;
  const told = Assignment.parse(JSON.parse(stored.value));
  const { endpoints } = told.etcd;
  const [kind, etcd] = chance.percent(50)
    ? (["voter told that it was removed", { mode: "proxy", endpoints, removed: memberId(voter.id) }] as const)
    : ([
        "voter told that it is another",
        { mode: "member", endpoints, member: memberId("f00"), initialCluster: [] },
      ] as const);
  // A number that the leader does not take for an assignment of its own at the same time.
  const value = JSON.stringify({ ...told, generation: told.generation + 100, etcd });
  await cluster.manually({ put: key, value }).catch(() => {});
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  note(`${kind}, by hand: ${host.name}`);
};

export const peoplesActs: readonly (readonly [weight: number, Fault])[] = [
  [8, orderManagers],
  [1, orderNonsense],
  [2, pause],
  [3, settings],
  [1, remediation],
  [3, deleteKey],
  [1, lieToVoter],
];

// Observes etcd and the units of this node: at the usual slow rate, and at once after a change. The swarm loop observes
// docker.
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { ConnectedAgent } from "../context.ts";
import { clusterProblem } from "../etcd/decide.ts";
import { etcdUnitProblem, MEMBER_UNIT, PROXY_UNIT } from "../host/etcd-units.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import { observeUnits } from "../units/observe.ts";

/**
 * Observes once. What cannot be observed keeps its last value or is unhealthy. Never rejects for an external failure.
 */
export async function observe(agent: ConnectedAgent): Promise<void> {
  await Promise.all([observeEtcd(agent), observeUnits(agent)]);
}

/**
 * Observes etcd and reports it. Returns whether it is healthy: a member when it has a leader, a proxy when a member
 * answers through it.
 */
export async function observeEtcd(agent: ConnectedAgent): Promise<boolean> {
  const etcd = await observeEtcdMember(agent);
  agent.report.update({ etcd });
  await observeUnit(agent, etcd);
  return etcd.healthy;
}

/** Asks systemd about an etcd that does not answer, and reports a crash loop. */
async function observeUnit({ systemd, clock, report }: ConnectedAgent, { mode, healthy }: NodeStatus["etcd"]) {
  const unit = mode === "member" ? MEMBER_UNIT : PROXY_UNIT;
  const [state] = healthy || mode === "none" ? [] : await systemd.show([unit]).catch(() => []);
  const problem = state && etcdUnitProblem(state, clock.now());
  if (problem === undefined) report.settle("etcd-unit");
  else report.setMessage("etcd-unit", { kind: "failing", reason: "EtcdCrashLoop", text: problem.message });
}

async function observeEtcdMember(agent: ConnectedAgent): Promise<NodeStatus["etcd"]> {
  const { store, config, self, etcd } = agent;
  const onDisk = store.state().etcd;
  if (!onDisk) return { mode: "none", healthy: false };
  const urls = etcdUrls(config.etcd);
  if (onDisk.mode === "proxy") {
    const answered = await status(agent, urls.client("127.0.0.1"));
    return { mode: "proxy", healthy: answered !== undefined, ...(answered && { cluster: answered.cluster }) };
  }
  const own = await status(agent, urls.client(self.address));
  const noted = {
    ...(onDisk.member !== undefined && { member: onDisk.member }),
    ...(onDisk.cluster !== undefined && { cluster: onDisk.cluster }),
  };
  if (!own) return { mode: "member", healthy: false, ...noted };
  const others = await otherClusters(agent, etcd.endpoints(), urls.client(self.address));
  const problem = clusterProblem(onDisk, own, others);
  if (problem !== undefined) {
    agent.report.setMessage("cluster", { kind: "rejected", reason: "EtcdDataOfOtherCluster", text: problem });
    return { mode: "member", healthy: false, ...noted };
  }
  agent.report.settle("cluster");
  const answered = { ...onDisk, started: true, member: own.member, cluster: own.cluster };
  // Not if an assignment changed the etcd of this node in the meantime.
  await store.update(state => (state.etcd === onDisk ? { ...state, etcd: answered } : state));
  return { mode: "member", healthy: own.leader !== undefined, member: own.member, cluster: own.cluster };
}

const status = ({ etcd }: ConnectedAgent, endpoint: string) => etcd.membership.status(endpoint).catch(() => undefined);

async function otherClusters(
  agent: ConnectedAgent,
  endpoints: readonly string[],
  own: string,
): Promise<{ endpoint: string; cluster: MemberId }[]> {
  const answers = await Promise.all(
    endpoints
      .filter(endpoint => endpoint !== own)
      .map(async endpoint => ({ endpoint, cluster: (await status(agent, endpoint))?.cluster })),
  );
  return answers.flatMap(({ endpoint, cluster }) => (cluster === undefined ? [] : [{ endpoint, cluster }]));
}

// Looks at this host, slowly, and at once after something was done: etcd and the units as they are. Docker is looked at
// by who keeps the host in the swarm.
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { ConnectedAgent } from "../context.ts";
import { clusterProblem } from "../etcd/decide.ts";
import { etcdUnitProblem, MEMBER_UNIT, PROXY_UNIT } from "../host/etcd-units.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import { observeUnits } from "../units/observe.ts";

/** One look; what cannot be seen keeps its last value, or is unhealthy. Never throws for a sick world. */
export async function observe(agent: ConnectedAgent): Promise<void> {
  await Promise.all([observeEtcd(agent), observeUnits(agent)]);
}

/** A member answers for itself; a proxy is healthy when something answers through it. */
export async function observeEtcd(agent: ConnectedAgent): Promise<boolean> {
  const seen = await observeEtcdMember(agent);
  agent.report.see({ etcd: seen });
  await observeUnit(agent, seen);
  return seen.healthy;
}

/** An etcd that does not answer is asked about at systemd: a program that keeps ending is named. */
async function observeUnit({ systemd, clock, report }: ConnectedAgent, { mode, healthy }: NodeStatus["etcd"]) {
  const unit = mode === "member" ? MEMBER_UNIT : PROXY_UNIT;
  const [seen] = healthy || mode === "none" ? [] : await systemd.show([unit]).catch(() => []);
  const problem = seen && etcdUnitProblem(seen, clock.now());
  if (problem === undefined) report.settle("etcd-unit");
  else report.setMessage("etcd-unit", { kind: "failing", text: problem.message });
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
  const known = {
    ...(onDisk.member !== undefined && { member: onDisk.member }),
    ...(onDisk.cluster !== undefined && { cluster: onDisk.cluster }),
  };
  if (!own) return { mode: "member", healthy: false, ...known };
  const others = await otherClusters(agent, etcd.endpoints(), urls.client(self.address));
  const problem = clusterProblem(onDisk, own, others);
  if (problem !== undefined) {
    agent.report.setMessage("cluster", { kind: "rejected", text: problem });
    return { mode: "member", healthy: false, ...known };
  }
  agent.report.settle("cluster");
  const answered = { ...onDisk, started: true, member: own.member, cluster: own.cluster };
  // Unless an assignment has made this host something else while we looked.
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

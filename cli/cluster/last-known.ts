// The last report, put right by what can still be seen without a quorum: who of etcd's voters answers. The swarm tells
// nothing then; a manager is taken to be where its host's etcd is.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";

/** `answers` are the addresses, without a port, of the voters that do. Nobody leads in a raft that has lost its quorum. */
export function lastKnown(report: ClusterStatus, answers: ReadonlySet<string>): ClusterStatus {
  const isThere = (url: string) => URL.canParse(url) && answers.has(new URL(url).hostname);
  const members = report.etcd.members.map(member => ({ ...member, healthy: isThere(member.peerUrl), leader: false }));
  const voters = members.filter(({ learner }) => !learner);
  const managers = report.swarm.nodes.filter(({ manager }) => manager);
  const reachable = managers.filter(({ address }) => answers.has(address)).length;
  const swarmLost = reachable < report.swarm.quorum.needed;
  return {
    ...report,
    ready: false,
    etcd: {
      ...report.etcd,
      members,
      quorum: count(report.etcd.quorum, voters.filter(({ healthy }) => healthy).length),
    },
    swarm: !swarmLost
      ? report.swarm
      : {
          ...report.swarm,
          quorum: count(report.swarm.quorum, reachable),
          nodes: report.swarm.nodes.map(node => ({
            ...node,
            ...(node.manager && { manager: { leader: false, reachable: answers.has(node.address) } }),
          })),
        },
    steps: [],
    waiting: [],
  };
}

type Quorum = ClusterStatus["swarm"]["quorum"];

const count = (quorum: Quorum, healthy: number): Quorum => ({
  ...quorum,
  healthy,
  canLose: Math.max(0, healthy - quorum.needed),
});

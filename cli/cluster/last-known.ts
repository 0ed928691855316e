// The leader's last report, corrected without a quorum by which etcd voters answer. The swarm cannot be observed then, so
// a swarm manager counts as reachable if the etcd at its address answers.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";

/** `answers`: addresses, without a port, of the voters that answer. A raft without a quorum has no leader. Pure. */
export function lastKnown(report: ClusterStatus, answers: ReadonlySet<string>): ClusterStatus {
  const isAnswering = (url: string) => URL.canParse(url) && answers.has(new URL(url).hostname);
  const members = report.etcd.members.map(member => ({
    ...member,
    healthy: isAnswering(member.peerUrl),
    leader: false,
  }));
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

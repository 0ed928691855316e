// The report of a lost quorum: which voters answer, which do not, and how an operator restores the quorum. It is pure,
// so that the log and `swarmkeeper status` show the same text, as in docs/recovery.md.
import { andList } from "../crd-like-specs/lists.ts";
import { needed } from "./arithmetic.ts";

/** An etcd voter. The swarm reports nothing about its managers without a quorum. */
export interface KnownVoter {
  readonly name: string;
  /** Without a port. */
  readonly address: string;
  /** It answered a status request. */
  readonly answers: boolean;
  /** It knows an etcd leader: then etcd has its quorum. */
  readonly hasLeader: boolean;
  /** The last index of its raft log. The voter with the highest one has lost the least. */
  readonly raftIndex: number;
}

export interface QuorumFacts {
  readonly voters: readonly KnownVoter[];
  /** Etcd accepts no writes here. */
  readonly etcdUnavailable: boolean;
  /** Why the swarm cannot be changed, as docker reports it; undefined if it can, or if docker was not asked. */
  readonly swarmProblem: string | undefined;
  /** Address of this node, if it is known to be a swarm manager. */
  readonly self: string | undefined;
}

/** The rafts without a quorum, as far as this node can observe them. */
export function lostQuorums({ voters, etcdUnavailable, swarmProblem }: QuorumFacts): ("etcd" | "swarm")[] {
  // If a majority knows a leader, etcd has one: only this node does not reach it.
  const etcdLost = etcdUnavailable && voters.filter(({ hasLeader }) => hasLeader).length < needed(voters.length);
  return [...(etcdLost ? (["etcd"] as const) : []), ...(swarmProblem === undefined ? [] : (["swarm"] as const))];
}

const RAFTS = { etcd: "etcd", swarm: "the swarm" } as const;

/** The state on one line; undefined if no quorum is lost. */
export function quorumHeadline(facts: QuorumFacts): string | undefined {
  const lost = lostQuorums(facts);
  if (lost.length === 0) return undefined;
  const { voters, swarmProblem } = facts;
  const answering = voters.filter(({ answers }) => answers).map(({ name }) => name);
  const silent = voters.filter(({ answers }) => !answers).map(({ name }) => name);
  const parts = [
    `${andList(lost.map(raft => RAFTS[raft]))} ${lost.length === 1 ? "has" : "have"} lost ${lost.length === 1 ? "its" : "their"} quorum`,
    [
      ...(answering.length > 0 ? [`${andList(answering)} ${answering.length === 1 ? "answers" : "answer"}`] : []),
      ...(silent.length > 0 ? [`${andList(silent)} ${silent.length === 1 ? "does" : "do"} not answer`] : []),
    ].join(", "),
    ...(swarmProblem === undefined || lost.length > 1 ? [] : [swarmProblem]),
    "the cluster does not change until the quorum is restored, and running services keep running",
  ];
  return `${parts[0]}: ${parts.slice(1).filter(Boolean).join("; ")}`;
}

/**
 * Whether this node notifies Slack for all: without a quorum the managers cannot elect one of them, but each observes
 * who answers. If their observations differ, two of them may notify.
 */
export function reportsForAll({ voters, self }: QuorumFacts): boolean {
  const [first] = voters.flatMap(({ address, answers }) => (answers ? address : [])).sort();
  return first !== undefined && first === self;
}

/** The steps for an operator, one line each, with indented commands. Empty if no quorum is lost. */
export function recoverySteps(facts: QuorumFacts): string[] {
  const lost = lostQuorums(facts);
  if (lost.length === 0) return [];
  const { voters } = facts;
  const silent = voters.filter(({ answers }) => !answers).map(({ name }) => name);
  const more = Math.max(1, needed(voters.length) - (voters.length - silent.length));
  const back = !lost.includes("etcd")
    ? "Start docker on more than half of the managers: then the cluster continues by itself, and nothing is lost."
    : silent.length === 0
      ? "Wait a minute: all voters answer and may be electing a leader."
      : `Bring back ${silent.length > more ? `any ${more} of ` : ""}${andList(silent)}: then the cluster continues by itself, and nothing is lost.`;
  const survivor = survivorOf(facts);
  if (survivor === undefined) return [back];
  const others = andList(
    voters.filter(({ answers, name }) => answers && name !== survivor.name).map(({ name }) => name),
  );
  const dead = silent.length > 0 && lost.includes("etcd") ? andList(silent) : undefined;
  return [
    back,
    `Only if ${dead === undefined ? "that is impossible" : `${dead} can never boot again from ${silent.length === 1 ? "its disk" : "their disks"}`}: ` +
      `continue with ${survivor.name} alone. Writes that only the others have are lost.`,
    ...(others !== "" && lost.includes("etcd")
      ? section(`On ${others}, as root, first:`, [`systemctl stop ${OURS} swarmkeeper-etcd-member`])
      : []),
    ...section(`On ${survivor.name}, as root:`, commands(lost, survivor.address)),
    ...(others !== ""
      ? section(`On ${others}, as root, afterwards:`, [
          ...(lost.includes("swarm") ? ["docker swarm leave --force"] : []),
          "systemctl start swarmkeeper-agent",
        ])
      : []),
    "The controller then promotes other nodes until there are as many managers as spec/managers demands.",
    "docs/recovery.md has the details.",
  ];
}

const OURS = "swarmkeeper-agent swarmkeeper-controller";
const section = (title: string, lines: readonly string[]): string[] => [title, ...lines.map(line => `  ${line}`)];

/** The voter with the highest raft index. If etcd has its quorum, the swarm is restored on this node. */
function survivorOf(facts: QuorumFacts): { name: string; address: string } | undefined {
  const { voters, self } = facts;
  const answering = voters.filter(({ answers }) => answers);
  if (!lostQuorums(facts).includes("etcd")) return answering.find(({ address }) => address === self);
  return [...answering].sort((a, b) => b.raftIndex - a.raftIndex || (a.address === self ? -1 : 1))[0];
}

function commands(lost: readonly string[], address: string): string[] {
  const etcd = lost.includes("etcd");
  const swarm = lost.includes("swarm");
  return [
    `systemctl stop ${OURS}${etcd ? " swarmkeeper-etcd-member" : ""}`,
    ...(etcd ? ["cp -a /var/lib/swarmkeeper/etcd /root/etcd.before"] : []),
    ...(swarm ? ["cp -a /var/lib/docker/swarm /root/swarm.before"] : []),
    ...(etcd
      ? [
          "echo ETCD_FORCE_NEW_CLUSTER=true >> /etc/swarmkeeper/etcd.env",
          "systemctl start swarmkeeper-etcd-member",
          "until swarmkeeper get; do sleep 1; done",
          "sed -i /ETCD_FORCE_NEW_CLUSTER/d /etc/swarmkeeper/etcd.env",
        ]
      : []),
    ...(swarm ? [`docker swarm init --force-new-cluster --advertise-addr ${address}`] : []),
    "systemctl start swarmkeeper-agent",
  ];
}

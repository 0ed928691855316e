// What to say when a raft has lost its quorum: who is there, who is not, that nothing is changed, and what a person can
// do. Pure, so that the log, `swarmkeeper status` and docs/recovery.md say one thing.
import { andList } from "../crd-like-specs/lists.ts";
import { needed } from "./arithmetic.ts";

/** What is known of a voter of etcd; the swarm tells nothing about the others once its quorum is gone. */
export interface KnownVoter {
  readonly name: string;
  /** Without a port. */
  readonly address: string;
  /** It answered its own status call. */
  readonly answers: boolean;
  /** It knows a leader: then etcd has its quorum. */
  readonly hasLeader: boolean;
  /** How far its log has come; the furthest has lost the least. */
  readonly raftIndex: number;
}

export interface QuorumFacts {
  readonly voters: readonly KnownVoter[];
  /** Etcd takes no writes here. */
  readonly etcdAway: boolean;
  /** Why the swarm cannot be changed, in the engine's words; undefined while it can, or where nobody has asked. */
  readonly swarmAway: string | undefined;
  /** Address of the host that asks, where it is known to be a manager of the swarm. */
  readonly self: string | undefined;
}

/** The rafts that are without a quorum, as far as it can be seen from here. */
export function lostQuorums({ voters, etcdAway, swarmAway }: QuorumFacts): ("etcd" | "swarm")[] {
  // A majority that knows a leader has one: it is only this host that does not get through to it.
  const etcdLost = etcdAway && voters.filter(({ hasLeader }) => hasLeader).length < needed(voters.length);
  return [...(etcdLost ? (["etcd"] as const) : []), ...(swarmAway === undefined ? [] : (["swarm"] as const))];
}

const RAFTS = { etcd: "etcd", swarm: "the swarm" } as const;

/** The state on one line; undefined while no quorum is lost. */
export function quorumHeadline(facts: QuorumFacts): string | undefined {
  const lost = lostQuorums(facts);
  if (lost.length === 0) return undefined;
  const { voters, swarmAway } = facts;
  const there = voters.filter(({ answers }) => answers).map(({ name }) => name);
  const gone = voters.filter(({ answers }) => !answers).map(({ name }) => name);
  const parts = [
    `${andList(lost.map(raft => RAFTS[raft]))} ${lost.length === 1 ? "has" : "have"} lost ${lost.length === 1 ? "its" : "their"} quorum`,
    [
      ...(there.length > 0 ? [`${andList(there)} ${there.length === 1 ? "answers" : "answer"}`] : []),
      ...(gone.length > 0 ? [`${andList(gone)} ${gone.length === 1 ? "does" : "do"} not answer`] : []),
    ].join(", "),
    ...(swarmAway === undefined || lost.length > 1 ? [] : [swarmAway]),
    "nothing is changed until there is one again, and what runs keeps running",
  ];
  return `${parts[0]}: ${parts.slice(1).filter(Boolean).join("; ")}`;
}

/**
 * Whether this host says it for all: without a quorum they cannot agree on who does, but each sees who answers. Where they
 * do not see the same, two may.
 */
export function isSpokesman({ voters, self }: QuorumFacts): boolean {
  const [first] = voters.flatMap(({ address, answers }) => (answers ? address : [])).sort();
  return first !== undefined && first === self;
}

/** What a person can do, a line each; commands are indented. Empty while no quorum is lost. */
export function recoverySteps(facts: QuorumFacts): string[] {
  const lost = lostQuorums(facts);
  if (lost.length === 0) return [];
  const { voters } = facts;
  const gone = voters.filter(({ answers }) => !answers).map(({ name }) => name);
  const more = Math.max(1, needed(voters.length) - (voters.length - gone.length));
  const back = !lost.includes("etcd")
    ? "See that docker runs on more than half of the managers: then everything goes on by itself, and nothing is lost."
    : gone.length === 0
      ? "Wait a minute: all of them answer, and may be electing a leader."
      : `Bring back ${gone.length > more ? `any ${more} of ` : ""}${andList(gone)}: then everything goes on by itself, and nothing is lost.`;
  const survivor = survivorOf(facts);
  if (survivor === undefined) return [back];
  const others = andList(
    voters.filter(({ answers, name }) => answers && name !== survivor.name).map(({ name }) => name),
  );
  const dead = gone.length > 0 && lost.includes("etcd") ? andList(gone) : undefined;
  return [
    back,
    `Only if ${dead === undefined ? "that cannot be" : `${dead} can never boot again from ${gone.length === 1 ? "its disk" : "their disks"}`}: ` +
      `go on with ${survivor.name} alone. What the others had agreed on without it is lost.`,
    ...(others !== "" && lost.includes("etcd")
      ? section(`On ${others}, as root, before that:`, [`systemctl stop ${OURS} swarmkeeper-etcd-member`])
      : []),
    ...section(`On ${survivor.name}, as root:`, commands(lost, survivor.address)),
    ...(others !== ""
      ? section(`On ${others}, as root, after that:`, [
          ...(lost.includes("swarm") ? ["docker swarm leave --force"] : []),
          "systemctl start swarmkeeper-agent",
        ])
      : []),
    "Others then become managers by themselves, as many as spec/managers says.",
    "docs/recovery.md says all this at length.",
  ];
}

const OURS = "swarmkeeper-agent swarmkeeper-controller";
const section = (title: string, lines: readonly string[]): string[] => [title, ...lines.map(line => `  ${line}`)];

/** Who has heard the most; a swarm whose etcd is well is saved on the host that asks. */
function survivorOf(facts: QuorumFacts): { name: string; address: string } | undefined {
  const { voters, self } = facts;
  const there = voters.filter(({ answers }) => answers);
  if (!lostQuorums(facts).includes("etcd")) return there.find(({ address }) => address === self);
  return [...there].sort((a, b) => b.raftIndex - a.raftIndex || (a.address === self ? -1 : 1))[0];
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

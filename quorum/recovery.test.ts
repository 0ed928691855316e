import { describe, expect, it } from "vitest";
import { type KnownVoter, lostQuorums, type QuorumFacts, quorumHeadline, recoverySteps } from "./recovery.ts";

const voter = (n: number, answers: boolean, more: Partial<KnownVoter> = {}): KnownVoter => ({
  name: `h${n}`,
  address: `10.0.0.${n}`,
  answers,
  hasLeader: false,
  raftIndex: 0,
  ...more,
});

const leaderless = "docker reports: The swarm does not have a leader";
const lost: QuorumFacts = {
  voters: [voter(1, false), voter(2, true), voter(3, false)],
  etcdUnavailable: true,
  swarmProblem: leaderless,
  self: "10.0.0.2",
};
const text = (facts: QuorumFacts) => `\n${[quorumHeadline(facts), ...recoverySteps(facts)].join("\n")}\n`;

describe("a lost quorum", () => {
  it("of both rafts names who answers, how nothing is lost, and how to continue with one survivor", () => {
    expect(text(lost)).toMatchInlineSnapshot(`
      "
      etcd and the swarm have lost their quorum: h2 answers, h1 and h3 do not answer; the cluster does not change until the quorum is restored, and running services keep running
      Bring back any 1 of h1 and h3: then the cluster continues by itself, and nothing is lost.
      Only if h1 and h3 can never boot again from their disks: continue with h2 alone. Writes that only the others have are lost.
      On h2, as root:
        systemctl stop swarmkeeper-agent swarmkeeper-controller swarmkeeper-etcd-member
        cp -a /var/lib/swarmkeeper/etcd /root/etcd.before
        cp -a /var/lib/docker/swarm /root/swarm.before
        echo ETCD_FORCE_NEW_CLUSTER=true >> /etc/swarmkeeper/etcd.env
        systemctl start swarmkeeper-etcd-member
        until swarmkeeper get; do sleep 1; done
        sed -i /ETCD_FORCE_NEW_CLUSTER/d /etc/swarmkeeper/etcd.env
        docker swarm init --force-new-cluster --advertise-addr 10.0.0.2
        systemctl start swarmkeeper-agent
      The controller then promotes other nodes until there are as many managers as spec/managers demands.
      docs/recovery.md has the details.
      "
    `);
  });

  it("of five managers is restored on the survivor with the highest raft index, after the other was stopped", () => {
    const voters = [
      voter(1, false),
      voter(2, true, { raftIndex: 7 }),
      voter(3, false),
      voter(4, true, { raftIndex: 9 }),
      voter(5, false),
    ];
    expect(text({ ...lost, voters })).toMatchInlineSnapshot(`
      "
      etcd and the swarm have lost their quorum: h2 and h4 answer, h1, h3 and h5 do not answer; the cluster does not change until the quorum is restored, and running services keep running
      Bring back any 1 of h1, h3 and h5: then the cluster continues by itself, and nothing is lost.
      Only if h1, h3 and h5 can never boot again from their disks: continue with h4 alone. Writes that only the others have are lost.
      On h2, as root, first:
        systemctl stop swarmkeeper-agent swarmkeeper-controller swarmkeeper-etcd-member
      On h4, as root:
        systemctl stop swarmkeeper-agent swarmkeeper-controller swarmkeeper-etcd-member
        cp -a /var/lib/swarmkeeper/etcd /root/etcd.before
        cp -a /var/lib/docker/swarm /root/swarm.before
        echo ETCD_FORCE_NEW_CLUSTER=true >> /etc/swarmkeeper/etcd.env
        systemctl start swarmkeeper-etcd-member
        until swarmkeeper get; do sleep 1; done
        sed -i /ETCD_FORCE_NEW_CLUSTER/d /etc/swarmkeeper/etcd.env
        docker swarm init --force-new-cluster --advertise-addr 10.0.0.4
        systemctl start swarmkeeper-agent
      On h2, as root, afterwards:
        docker swarm leave --force
        systemctl start swarmkeeper-agent
      The controller then promotes other nodes until there are as many managers as spec/managers demands.
      docs/recovery.md has the details.
      "
    `);
  });

  it("of the swarm alone needs no step for etcd", () => {
    const voters = [1, 2, 3].map(n => voter(n, true, { hasLeader: true }));
    expect(text({ ...lost, voters, etcdUnavailable: false })).toMatchInlineSnapshot(`
      "
      the swarm has lost its quorum: h1, h2 and h3 answer; docker reports: The swarm does not have a leader; the cluster does not change until the quorum is restored, and running services keep running
      Start docker on more than half of the managers: then the cluster continues by itself, and nothing is lost.
      Only if that is impossible: continue with h2 alone. Writes that only the others have are lost.
      On h2, as root:
        systemctl stop swarmkeeper-agent swarmkeeper-controller
        cp -a /var/lib/docker/swarm /root/swarm.before
        docker swarm init --force-new-cluster --advertise-addr 10.0.0.2
        systemctl start swarmkeeper-agent
      On h1 and h3, as root, afterwards:
        docker swarm leave --force
        systemctl start swarmkeeper-agent
      The controller then promotes other nodes until there are as many managers as spec/managers demands.
      docs/recovery.md has the details.
      "
    `);
  });

  it("of etcd alone needs no step for docker", () => {
    expect(recoverySteps({ ...lost, swarmProblem: undefined }).join("\n")).not.toContain("docker");
  });

  it("is not reported if a majority knows a leader and only this node does not reach it", () => {
    const voters = [voter(1, true, { hasLeader: true }), voter(2, false), voter(3, true, { hasLeader: true })];
    expect(lostQuorums({ ...lost, voters, swarmProblem: undefined })).toEqual([]);
    expect(quorumHeadline({ ...lost, voters, swarmProblem: undefined })).toBeUndefined();
  });

  it("without an answering voter has no other step than to bring voters back", () => {
    const voters = [1, 2, 3].map(n => voter(n, false));
    expect(recoverySteps({ ...lost, voters })).toEqual([
      "Bring back any 2 of h1, h2 and h3: then the cluster continues by itself, and nothing is lost.",
    ]);
  });
});

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

const leaderless = "docker says: The swarm does not have a leader";
const lost: QuorumFacts = {
  voters: [voter(1, false), voter(2, true), voter(3, false)],
  etcdAway: true,
  swarmAway: leaderless,
  self: "10.0.0.2",
};
const text = (facts: QuorumFacts) => `\n${[quorumHeadline(facts), ...recoverySteps(facts)].join("\n")}\n`;

describe("a lost quorum", () => {
  it("of both rafts names who answers, what saves everything, and what saves the rest", () => {
    expect(text(lost)).toMatchInlineSnapshot(`
      "
      etcd and the swarm have lost their quorum: h2 answers, h1 and h3 do not answer; nothing is changed until there is one again, and what runs keeps running
      Bring back any 1 of h1 and h3: then everything goes on by itself, and nothing is lost.
      Only if h1 and h3 can never boot again from their disks: go on with h2 alone. What the others had agreed on without it is lost.
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
      Others then become managers by themselves, as many as spec/managers says.
      docs/recovery.md says all this at length.
      "
    `);
  });

  it("of five managers is saved on the survivor that has heard the most, the other stopped before", () => {
    const voters = [
      voter(1, false),
      voter(2, true, { raftIndex: 7 }),
      voter(3, false),
      voter(4, true, { raftIndex: 9 }),
      voter(5, false),
    ];
    expect(text({ ...lost, voters })).toMatchInlineSnapshot(`
      "
      etcd and the swarm have lost their quorum: h2 and h4 answer, h1, h3 and h5 do not answer; nothing is changed until there is one again, and what runs keeps running
      Bring back any 1 of h1, h3 and h5: then everything goes on by itself, and nothing is lost.
      Only if h1, h3 and h5 can never boot again from their disks: go on with h4 alone. What the others had agreed on without it is lost.
      On h2, as root, before that:
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
      On h2, as root, after that:
        docker swarm leave --force
        systemctl start swarmkeeper-agent
      Others then become managers by themselves, as many as spec/managers says.
      docs/recovery.md says all this at length.
      "
    `);
  });

  it("of the swarm alone leaves etcd as it is", () => {
    const voters = [1, 2, 3].map(n => voter(n, true, { hasLeader: true }));
    expect(text({ ...lost, voters, etcdAway: false })).toMatchInlineSnapshot(`
      "
      the swarm has lost its quorum: h1, h2 and h3 answer; docker says: The swarm does not have a leader; nothing is changed until there is one again, and what runs keeps running
      See that docker runs on more than half of the managers: then everything goes on by itself, and nothing is lost.
      Only if that cannot be: go on with h2 alone. What the others had agreed on without it is lost.
      On h2, as root:
        systemctl stop swarmkeeper-agent swarmkeeper-controller
        cp -a /var/lib/docker/swarm /root/swarm.before
        docker swarm init --force-new-cluster --advertise-addr 10.0.0.2
        systemctl start swarmkeeper-agent
      On h1 and h3, as root, after that:
        docker swarm leave --force
        systemctl start swarmkeeper-agent
      Others then become managers by themselves, as many as spec/managers says.
      docs/recovery.md says all this at length.
      "
    `);
  });

  it("of etcd alone leaves the swarm as it is", () => {
    expect(recoverySteps({ ...lost, swarmAway: undefined }).join("\n")).not.toContain("docker");
  });

  it("is none where a majority knows a leader, and only this host does not reach it", () => {
    const voters = [voter(1, true, { hasLeader: true }), voter(2, false), voter(3, true, { hasLeader: true })];
    expect(lostQuorums({ ...lost, voters, swarmAway: undefined })).toEqual([]);
    expect(quorumHeadline({ ...lost, voters, swarmAway: undefined })).toBeUndefined();
  });

  it("with nobody left to ask can only be waited out", () => {
    const voters = [1, 2, 3].map(n => voter(n, false));
    expect(recoverySteps({ ...lost, voters })).toEqual([
      "Bring back any 2 of h1, h2 and h3: then everything goes on by itself, and nothing is lost.",
    ]);
  });
});

// The conformance suite on the fake etcd, with a fake clock that advances continuously, as fast as the test can follow.
import { type FakeEtcdClient, fakeEtcd } from "../../fakes/etcd/etcd.ts";
import { runningClock } from "../eventually.ts";
import { faults } from "./faults.ts";
import { keys } from "./keys.ts";
import { growing, unhealthy } from "./membership.ts";
import { quorum } from "./quorum.ts";
import { type ClientUnderTest, type MakeCluster, type MemberUnderTest, onCluster } from "./suite.ts";

const makeFake: MakeCluster = async size => {
  const { clock, stop } = runningClock();
  const names = Array.from({ length: size }, (_, index) => `m${index + 1}`);
  const addresses = (name: string) => ({ name, peerUrl: `http://${name}:2380`, clientUrl: `http://${name}:2379` });
  const world = fakeEtcd(clock, { members: names.map(addresses) });

  function member(name: string): MemberUnderTest {
    const id = () => {
      const found = world.state().find(each => each.peerUrl === addresses(name).peerUrl);
      if (found === undefined) throw new Error(`${name} is not a member`);
      return found.id;
    };
    return {
      ...addresses(name),
      kill: async () => world.stopMember(id()),
      start: () => world.startMember(id(), addresses(name)),
    };
  }

  let spares = 0;
  return {
    clock,
    members: names.map(member),
    connect: async () => underTest(world.connect()),
    async spare() {
      spares++;
      const spare = member(`spare${spares}`);
      return { ...spare, join: async () => spare.start() };
    },
    compact: async () => world.compact(),
    stop,
  };
};

function underTest(client: FakeEtcdClient): ClientUnderTest {
  return {
    etcd: client,
    cut: () => client.cut(),
    heal() {
      client.heal();
      client.loseAnswers(0);
      client.breakStreamsAfter(Number.POSITIVE_INFINITY);
    },
    disturb: () => client.breakStreams(),
    breakLongAnswers: () => client.breakStreamsAfter(1),
    loseAnswers: () => client.loseAnswers(Number.POSITIVE_INFINITY),
  };
}

onCluster("fake etcd: keys", makeFake, 1, keys);
onCluster("fake etcd: faults", makeFake, 1, faults);
onCluster("fake etcd: quorum", makeFake, 3, quorum);
onCluster("fake etcd: growing", makeFake, 1, growing);
onCluster("fake etcd: unhealthy", makeFake, 3, unhealthy);

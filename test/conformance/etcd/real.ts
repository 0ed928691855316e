// Real etcds as clusters under test. Each client connects through its own fault proxies, one per member.
import { Etcd3 } from "etcd3";
import { systemClock as clock } from "../../../drivers/clock/real.ts";
import { connectEtcd } from "../../../drivers/etcd/real.ts";
import type { EtcdVersion } from "../../fixtures/etcd/build.ts";
import { eventually } from "../eventually.ts";
import { type FaultProxy, faultProxy } from "./fault-proxy.ts";
import { CLIENT_PORT, type RealMember, startCluster } from "./server.ts";
import type { ClientUnderTest, MakeCluster, MemberUnderTest } from "./suite.ts";

/** Makes clusters of this version of etcd. */
export function realEtcd(version: EtcdVersion): MakeCluster {
  return async size => {
    const cluster = await startCluster(version, size);
    const first = [...cluster.members];
    const proxies: FaultProxy[] = [];

    async function connect(): Promise<ClientUnderTest> {
      const own = await Promise.all(first.map(member => faultProxy(member.address, CLIENT_PORT)));
      proxies.push(...own);
      const etcd = connectEtcd({ endpoints: own.map(proxy => `http://${proxy.address}:${CLIENT_PORT}`), clock });
      const all = (act: (proxy: FaultProxy) => void) => () => own.forEach(act);
      return {
        etcd,
        cut: all(proxy => proxy.blackhole()),
        heal: all(proxy => proxy.heal()),
        disturb: all(proxy => proxy.cut()),
        breakLongAnswers: all(proxy => proxy.cutAfterBytes(500_000)),
        loseAnswers: all(proxy => proxy.swallowAnswers()),
      };
    }

    const { etcd } = await connect();
    await eventually(clock, `etcd ${version} to answer`, 20_000, () => etcd.kv.get("/").then(() => true));
    return {
      clock,
      members: first.map(plain),
      connect,
      async spare() {
        const spare = cluster.spare();
        const all = cluster.initialCluster([...first, spare]);
        return { ...plain(spare), join: async () => spare.start({ cluster: all, state: "existing" }) };
      },
      async compact() {
        const { revision } = await etcd.kv.list("/none/");
        const raw = new Etcd3({ hosts: first.map(member => member.clientUrl) });
        await raw.kv.compact({ revision, physical: true });
        raw.close();
      },
      async stop() {
        etcd.close();
        await Promise.all(proxies.map(proxy => proxy.close()));
        await cluster.stop();
      },
    };
  };
}

const plain = (member: RealMember): MemberUnderTest => ({
  clientUrl: member.clientUrl,
  peerUrl: member.peerUrl,
  kill: () => member.kill(),
  start: () => member.start(),
});

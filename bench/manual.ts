// The steps that an operator takes manually with etcdctl, docker and systemctl, in shells that are already open. Their
// duration is the baseline for swarmkeeper's figures.
import type { Host } from "../test/lab/host/host.ts";
import type { Shell } from "./shell.ts";

/** Begins with `env`, so that `timeout` can run it. */
export const ETCDCTL = "env ETCDCTL_API=3 etcdctl";

/**
 * Promotes a worker in the order of etcd's manual: learner, start, voter, then the swarm. Rejects if a command fails.
 */
export async function promoteManually(host: Host, shell: Shell, witness: Shell): Promise<void> {
  const peer = `http://${host.address}:2380`;
  const member = await witness.run(
    `until out=$(${ETCDCTL} member add ${host.address} --learner --peer-urls=${peer} 2>&1); do sleep 0.2; done; echo "$out"`,
  );
  const id = /Member\s+([0-9a-f]+) added/.exec(member)?.[1];
  const cluster = /ETCD_INITIAL_CLUSTER="([^"]+)"/.exec(member)?.[1];
  if (!id || !cluster) throw new Error(`unexpected output of etcdctl member add: ${member}`);
  await shell.run(`systemctl stop swarmkeeper-etcd-proxy.service
    cp /etc/swarmkeeper/etcd.env /root/etcd.env.before
    cat >/etc/swarmkeeper/etcd.env <<END
SWARMKEEPER_ETCD_BINARY=/usr/bin/etcd
SWARMKEEPER_ETCD_DATA=/var/lib/swarmkeeper/etcd
ETCD_NAME=${host.address}
ETCD_DATA_DIR=/var/lib/swarmkeeper/etcd
ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379,http://${host.address}:2379
ETCD_ADVERTISE_CLIENT_URLS=http://${host.address}:2379
ETCD_LISTEN_PEER_URLS=${peer}
ETCD_INITIAL_ADVERTISE_PEER_URLS=${peer}
ETCD_INITIAL_CLUSTER=${cluster}
ETCD_INITIAL_CLUSTER_STATE=existing
ETCD_INITIAL_CLUSTER_TOKEN=swarmkeeper
END
    systemctl start swarmkeeper-etcd-member.service`);
  await witness.run(`until ${ETCDCTL} member promote ${id} >/dev/null 2>&1; do sleep 0.1; done`);
  await witness.run(
    `docker node promote ${host.name} >/dev/null; until docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | grep -q '^${host.name} Reachable'; do :; done`,
  );
}

/** Removes a dead manager from both rafts and from the node list, as soon as the swarm has a leader again. */
export async function removeManually(dead: Host, witness: Shell): Promise<void> {
  await witness.run(`id=$(${ETCDCTL} member list | grep '${dead.address}:2380' | cut -d, -f1)
    until ${ETCDCTL} member remove $id >/dev/null 2>&1; do sleep 0.2; done
    until docker node demote ${dead.name} >/dev/null 2>&1; do sleep 0.2; done
    until docker node rm --force ${dead.name} >/dev/null 2>&1; do sleep 0.1; done`);
}

// The promises, watched from outside while everything happens: asked of docker and etcd on the hosts, never of us.
import type { Host } from "../lab/host.ts";

/** The service that is to run throughout. */
export const SERVICE = "web";

export interface Sight {
  /** Swarm ids that managers tell. */
  readonly swarms: ReadonlySet<string>;
  /** Hosts that take themselves for the swarm's leader. */
  readonly leaders: readonly string[];
  /** Whether some host was served by etcd with a quorum, and by the swarm. */
  readonly etcd: boolean;
  readonly swarm: boolean;
  /** Containers of the service that run, wherever they are. */
  readonly replicas: number;
}

/** A line for each thing that is known; what does not answer in time says nothing. */
const LOOK = `swarm=$(timeout 5 docker info --format '{{with .Swarm.Cluster}}{{.ID}}{{end}}' 2>/dev/null) && echo "swarm=$swarm"
leads=$(timeout 5 docker node inspect self --format '{{with .ManagerStatus}}{{.Leader}}{{end}}' 2>/dev/null) && echo "leads=$leads"
replicas=$(timeout 5 docker ps --quiet --filter label=com.docker.swarm.service.name=${SERVICE} 2>/dev/null | wc -l) && echo "replicas=$replicas"
ETCDCTL_API=3 timeout 5 etcdctl --command-timeout=4s get /swarmkeeper/swarm >/dev/null 2>&1 && echo etcd=true`;

/** One look at all hosts that run. */
export async function lookAround(hosts: readonly Host[]): Promise<Sight> {
  const seen = await Promise.all(
    hosts.map(async host => {
      if ((await host.state()) !== "running") return undefined;
      const { stdout } = await host.exec(LOOK, { timeoutMs: 30_000 }).catch(() => ({ stdout: "" }));
      const said = new Map(stdout.split("\n").map(line => line.trim().split("=", 2) as [string, string]));
      return { name: host.name, said };
    }),
  );
  const there = seen.filter(each => each !== undefined);
  const swarms = new Set(there.map(({ said }) => said.get("swarm") ?? "").filter(id => id !== ""));
  return {
    swarms,
    leaders: there.flatMap(({ name, said }) => (said.get("leads") === "true" ? [name] : [])),
    etcd: there.some(({ said }) => said.get("etcd") === "true"),
    swarm: swarms.size > 0,
    replicas: there.reduce((sum, { said }) => sum + Number(said.get("replicas") ?? 0), 0),
  };
}

/** How long a raft may be without a quorum that answers: a swarm elects within 20 s, and then its nodes settle. */
const QUORUM_MS = 60_000;

/** A leader that is cut off takes itself for one until it has missed its followers for long enough. */
const TWO_LEADERS_MS = 30_000;

/** Some replica of a service of five runs somewhere at any time: the faults come one at a time. */
const NO_REPLICA_MS = 15_000;

/** Keeps count over the looks; `broken` are the promises that were seen broken, in words. */
export function watcher() {
  const swarms = new Set<string>();
  const lastSeen = { etcd: Date.now(), swarm: Date.now(), oneLeader: Date.now(), replica: Date.now() };
  const broken: string[] = [];
  return {
    broken,
    take(sight: Sight, now: number) {
      for (const swarm of sight.swarms) swarms.add(swarm);
      if (swarms.size > 1) broken.push(`there are ${swarms.size} swarms: ${[...swarms].join(", ")}`);
      if (sight.leaders.length <= 1) lastSeen.oneLeader = now;
      else if (now - lastSeen.oneLeader > TWO_LEADERS_MS)
        broken.push(`the swarm is led by ${sight.leaders.join(", ")}`);
      if (sight.replicas > 0) lastSeen.replica = now;
      else if (now - lastSeen.replica > NO_REPLICA_MS) broken.push("no replica of the service runs anywhere");
      for (const raft of ["etcd", "swarm"] as const) {
        if (sight[raft]) lastSeen[raft] = now;
        else if (now - lastSeen[raft] > QUORUM_MS)
          broken.push(`nobody was served by ${raft} for ${Math.round((now - lastSeen[raft]) / 1000)} s`);
      }
    },
  };
}

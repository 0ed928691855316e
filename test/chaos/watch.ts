// The invariants of a chaos run, observed from outside: with docker and etcdctl on the hosts, never with swarmkeeper.
import type { Host } from "../lab/host/host.ts";

/** The service that must run at any time. */
export const SERVICE = "web";

/** One observation of all running hosts. */
export interface Observation {
  /** Swarm ids that managers report. */
  readonly swarms: ReadonlySet<string>;
  /** Hosts that consider themselves the swarm leader. */
  readonly leaders: readonly string[];
  /** True if etcd answered at least one host with a quorum. */
  readonly etcd: boolean;
  /** True if the swarm answered at least one host. */
  readonly swarm: boolean;
  /** Running containers of the service on all hosts. */
  readonly replicas: number;
}

/** Prints one line per fact. A program that does not answer in time adds no line. */
const PROBE = `swarm=$(timeout 5 docker info --format '{{with .Swarm.Cluster}}{{.ID}}{{end}}' 2>/dev/null) && echo "swarm=$swarm"
leads=$(timeout 5 docker node inspect self --format '{{with .ManagerStatus}}{{.Leader}}{{end}}' 2>/dev/null) && echo "leads=$leads"
replicas=$(timeout 5 docker ps --quiet --filter label=com.docker.swarm.service.name=${SERVICE} 2>/dev/null | wc -l) && echo "replicas=$replicas"
ETCDCTL_API=3 timeout 5 etcdctl --command-timeout=4s get /swarmkeeper/swarm >/dev/null 2>&1 && echo etcd=true`;

/** Observes all running hosts once. A host that does not answer counts as one that knows nothing. */
export async function observe(hosts: readonly Host[]): Promise<Observation> {
  const seen = await Promise.all(
    hosts.map(async host => {
      if ((await host.state()) !== "running") return undefined;
      const { stdout } = await host.exec(PROBE, { timeoutMs: 30_000 }).catch(() => ({ stdout: "" }));
      const facts = new Map(stdout.split("\n").map(line => line.trim().split("=", 2) as [string, string]));
      return { name: host.name, facts };
    }),
  );
  const answers = seen.filter(each => each !== undefined);
  const swarms = new Set(answers.map(({ facts }) => facts.get("swarm") ?? "").filter(id => id !== ""));
  return {
    swarms,
    leaders: answers.flatMap(({ name, facts }) => (facts.get("leads") === "true" ? [name] : [])),
    etcd: answers.some(({ facts }) => facts.get("etcd") === "true"),
    swarm: swarms.size > 0,
    replicas: answers.reduce((sum, { facts }) => sum + Number(facts.get("replicas") ?? 0), 0),
  };
}

/** How long a raft may not answer with a quorum. Ours: a swarm elects within 20 s, then its nodes settle. */
const QUORUM_MS = 60_000;

/** How long two hosts may claim to lead. Ours: a leader that is cut off claims it until it gives up its followers. */
const TWO_LEADERS_MS = 30_000;

/** How long no replica may run. Ours: faults come one at a time, so that some of the five replicas always run. */
const NO_REPLICA_MS = 15_000;

/** Checks the invariants over all observations. `violations` are the violated ones as sentences. */
export function watcher() {
  const swarms = new Set<string>();
  const lastSeen = { etcd: Date.now(), swarm: Date.now(), oneLeader: Date.now(), replica: Date.now() };
  const violations: string[] = [];
  return {
    violations,
    check(observation: Observation, now: number) {
      for (const swarm of observation.swarms) swarms.add(swarm);
      if (swarms.size > 1) violations.push(`there are ${swarms.size} swarms: ${[...swarms].join(", ")}`);
      if (observation.leaders.length <= 1) lastSeen.oneLeader = now;
      else if (now - lastSeen.oneLeader > TWO_LEADERS_MS)
        violations.push(`the swarm is led by ${observation.leaders.join(", ")}`);
      if (observation.replicas > 0) lastSeen.replica = now;
      else if (now - lastSeen.replica > NO_REPLICA_MS) violations.push("no replica of the service runs anywhere");
      for (const raft of ["etcd", "swarm"] as const) {
        if (observation[raft]) lastSeen[raft] = now;
        else if (now - lastSeen[raft] > QUORUM_MS)
          violations.push(`${raft} answered no host for ${Math.round((now - lastSeen[raft]) / 1000)} s`);
      }
    },
  };
}

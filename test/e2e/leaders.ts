// Reads which nodes lead the swarm, etcd and the controllers, and moves all three leaderships to one node.
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import { etcdctl } from "./swarm.ts";

export interface Leaders {
  /** Names of hosts. */
  readonly swarm: string;
  readonly etcd: string;
  readonly controller: string;
}

/**
 * The leaders as docker, etcdctl and the key `leader` on `witness`, a manager, show them. Rejects if one is missing.
 */
export async function leaders(hosts: readonly Host[], witness: Host): Promise<Leaders> {
  const nodes = await witness.out("docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'");
  const swarm = /^(\S+) Leader$/m.exec(nodes)?.[1];
  const { members } = JSON.parse(await etcdctl(witness, "member list -w json")) as Members;
  const urls = members.flatMap(member => member.clientURLs?.[0] ?? []).join(",");
  const statuses = JSON.parse(
    (await witness.exec(`${ETCDCTL} endpoint status --endpoints=${urls} -w json`)).stdout,
  ) as {
    Endpoint: string;
    Status: { leader: string; header: { member_id: string } };
  }[];
  const leading = statuses.find(({ Status }) => String(Status.leader) === String(Status.header.member_id));
  const etcd = hosts.find(host => leading?.Endpoint.includes(`//${host.address}:`))?.name;
  const record = await etcdctl(witness, "get --print-value-only /swarmkeeper/leader");
  const controller = record === "" ? undefined : (JSON.parse(record) as { name: string }).name;
  if (swarm === undefined || etcd === undefined || controller === undefined)
    throw new Error(`a leader is missing: swarm ${swarm}, etcd ${etcd}, controller ${controller}`);
  return { swarm, etcd, controller };
}

/** Moves the leaderships of etcd and of the controllers to the swarm leader. Resolves to its name. */
export async function gatherLeaderships(hosts: readonly Host[], witness: Host): Promise<string> {
  const { swarm } = await leaders(hosts, witness);
  const chosen = hosts.find(host => host.name === swarm);
  if (!chosen) throw new Error(`the swarm leader ${swarm} is not a host of the lab`);
  const { members } = JSON.parse(await etcdctl(witness, "member list -w json")) as Members;
  // JSON numbers of 64 bits lose digits, so the id comes from the plain list.
  const list = await etcdctl(witness, "member list");
  const id = list
    .split("\n")
    .find(line => line.includes(`//${chosen.address}:2380`))
    ?.split(",")[0];
  const urls = members.flatMap(member => member.clientURLs?.[0] ?? []).join(",");
  await waitFor(`${swarm} to lead swarm, etcd and controllers`, 90_000, async saw => {
    const now = await leaders(hosts, witness);
    saw(JSON.stringify(now));
    if (now.etcd !== swarm) await witness.exec(`${ETCDCTL} move-leader ${id} --endpoints=${urls}`);
    // A controller that loses the key lets the other controllers win first.
    if (now.controller !== swarm) await etcdctl(witness, "del /swarmkeeper/leader");
    return now.etcd === swarm && now.controller === swarm;
  });
  return swarm;
}

const ETCDCTL = "ETCDCTL_API=3 etcdctl --command-timeout=4s";

interface Members {
  readonly members: readonly { readonly clientURLs?: readonly string[] }[];
}

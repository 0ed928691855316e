// Observes a cluster as an operator would: docker and etcdctl on the hosts, and the output of swarmkeeper status.
import { Event } from "../../crd-like-specs/resources/event.ts";
import type { Host } from "../lab/host/host.ts";
import type { Lab } from "../lab/lab.ts";
import { waitFor } from "../lab/wait.ts";

export interface Rafts {
  /** Host names of the swarm's managers that are reachable or lead, sorted. */
  readonly managers: readonly string[];
  /** Host names of all swarm nodes that are ready, sorted. */
  readonly ready: readonly string[];
  /** Host names of etcd's voters, by peer address, sorted. */
  readonly voters: readonly string[];
  /** The number of swarm nodes in any state, to find nodes that should not exist. */
  readonly nodes: number;
  /** The number of etcd members, including learners and members that have not started. */
  readonly members: number;
}

const V3 = "ETCDCTL_API=3 etcdctl --command-timeout=4s";

/** Runs etcdctl on a host against 127.0.0.1:2379. Rejects if the exit code is not 0. */
export const etcdctl = (host: Host, args: string): Promise<string> => host.out(`${V3} ${args}`);

/** Writes `spec/PATH` through this host. Rejects if etcd does not accept the write. */
export const put = (host: Host, path: string, value: string): Promise<string> =>
  etcdctl(host, `put /swarmkeeper/spec/${path} '${value}'`);

/** Both rafts as `witness`, a manager, reports them. */
export async function rafts(lab: Lab, witness: Host): Promise<Rafts> {
  const names = new Map((await lab.records()).map(record => [record.address, record.name]));
  const nodes = (await witness.out("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")).split(
    "\n",
  );
  const rows = nodes.map(line => line.split(" "));
  const members: { peerURLs: string[]; isLearner?: boolean; name?: string }[] = JSON.parse(
    await etcdctl(witness, "member list -w json"),
  ).members;
  return {
    managers: rows.flatMap(([name = "", , role = ""]) => (["Leader", "Reachable"].includes(role) ? [name] : [])).sort(),
    ready: rows.flatMap(([name = "", state]) => (state === "Ready" ? [name] : [])).sort(),
    voters: members
      .filter(member => !member.isLearner && member.name)
      .map(member => names.get(new URL(member.peerURLs[0] ?? "").hostname) ?? "?")
      .sort(),
    nodes: rows.length,
    members: members.length,
  };
}

/** Waits until both rafts consist of the same `count` nodes, without learners. Resolves to the names of the nodes. */
export function untilManagers(
  lab: Lab,
  witness: Host,
  count: number,
  deadlineMs = 180_000,
): Promise<readonly string[]> {
  return waitFor(`${count} managers in both rafts`, deadlineMs, async saw => {
    const seen = await rafts(lab, witness);
    saw(`managers ${seen.managers.join(" ")}; voters ${seen.voters.join(" ")}; ${seen.members} members`);
    const same = seen.managers.join() === seen.voters.join();
    return same && seen.managers.length === count && seen.members === count ? seen.managers : undefined;
  });
}

/** `swarmkeeper status -o json` on a host. */
export async function status(host: Host): Promise<Status> {
  return JSON.parse(await host.out("swarmkeeper status -o json")) as Status;
}

/** The part of `swarmkeeper status -o json` that the tests read. */
export interface Status {
  readonly ready: boolean;
  readonly managers: { readonly wanted: number; readonly now: number };
  readonly notReady: readonly { readonly reason: string; readonly message: string }[];
  readonly conditions: readonly { readonly type: string; readonly message: string }[];
  readonly waiting: readonly { what: string; reason: string; why: string; since?: string; until?: string }[];
  readonly rejected: readonly { path: string; value: string; reason: string; expected: string; effective: string }[];
  readonly nodes: readonly {
    id: string;
    name: string;
    role: string;
    swarm?: { state: string; drained?: { reason: string } };
    etcd: string;
    phase: string;
    message?: string;
  }[];
}

/** `swarmkeeper events -o json` on a host: the events of the last 24 hours, oldest first. */
export async function events(host: Host): Promise<Event[]> {
  const lines = (await host.out("swarmkeeper events -o json")).split("\n").filter(Boolean);
  return lines.map(line => Event.parse(JSON.parse(line)));
}

/** Waits until an event has all these fields. Resolves to the first one that has them. */
export function untilEvent(host: Host, fields: Partial<Event>, deadlineMs = 120_000): Promise<Event> {
  return waitFor(`the event ${JSON.stringify(fields)}`, deadlineMs, async saw => {
    const all = await events(host);
    saw(
      all
        .slice(-5)
        .map(({ reason, text }) => `${reason}: ${text}`)
        .join("; "),
    );
    return all.find(event => hasFields(event, fields));
  });
}

/** True if the event has these values in these fields. */
export const hasFields = (event: Event, fields: Partial<Event>): boolean =>
  Object.entries(fields).every(([name, value]) => event[name as keyof Event] === value);

/** Waits until `swarmkeeper status` on this host reports ready. Resolves to that status. */
export function untilReady(host: Host, deadlineMs = 180_000): Promise<Status> {
  return waitFor("swarmkeeper status to report ready", deadlineMs, async saw => {
    const seen = await status(host);
    saw([...seen.notReady, ...seen.conditions].map(({ message }) => message).join("; "));
    return seen.ready ? seen : undefined;
  });
}

/** The containers of the swarm service `name`: host name → container ids, sorted. */
export async function tasks(hosts: readonly Host[], name: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const host of hosts) {
    const ids = await host.out(`docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=${name}`);
    found[host.name] = ids === "" ? [] : ids.split("\n").sort();
  }
  return found;
}

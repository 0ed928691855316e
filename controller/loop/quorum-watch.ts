// While a raft has no quorum nobody can lead, and nothing can be written anywhere: each controller then says so in its
// own log, with who answers and what a person can do, and when it is over.

import type { Logger } from "pino";
import type { Observable } from "rxjs";
import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/ids.ts";
import type { Keyspace } from "../../crd-like-specs/keys.ts";
import type { Clock } from "../../drivers/clock/port.ts";
import { type Docker, DockerError } from "../../drivers/docker/port.ts";
import type { Snapshot } from "../../drivers/etcd/informer.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { type KnownVoter, lostQuorums, type QuorumFacts, quorumHeadline, recoverySteps } from "../plan/recovery.ts";
import { hostOf } from "../state/hosts.ts";

/** How often it is looked whether the watch still stands, which costs nothing. */
const LOOK_MS = 3_000;
/** Docker is asked with every fifth look while all is well. */
const DOCKER_EVERY = 5;
/** An engine whose raft is without a leader may hang for long before it says so. */
const DOCKER_MS = 4_000;
/** A swarm elects for up to 20 s when its leader dies: that is no loss of its quorum. */
const SWARM_ELECTS_MS = 25_000;
const REMIND_MS = 600_000;
const PROBE_MS = 1_000;

export interface QuorumWatchDeps {
  readonly self: NodeId;
  readonly keys: Keyspace;
  readonly etcd: Etcd;
  readonly docker: Docker;
  readonly clock: Clock;
  readonly log: Logger;
  /** Everything under the prefix; replays the latest to a new subscriber. */
  readonly snapshots: Observable<Snapshot>;
  readonly signal: AbortSignal;
}

/** Watches until the signal is aborted, whoever leads. Never throws. */
export async function watchQuorums(deps: QuorumWatchDeps): Promise<void> {
  const { clock, log, signal } = deps;
  let latest: Snapshot | undefined;
  let swarmSince: number | undefined;
  let told: { readonly lost: string; readonly since: number; readonly at: number } | undefined;
  const following = deps.snapshots.subscribe({
    next: snapshot => {
      latest = snapshot;
    },
    error: () => {}, // whoever leads meets the same error and says it
  });

  async function look(turn: number): Promise<void> {
    const etcdAway = latest === undefined || latest.stale;
    const askDocker = etcdAway || swarmSince !== undefined || turn % DOCKER_EVERY === 0;
    const [leaderless, etcd] = await Promise.all([
      askDocker ? swarmTrouble(deps) : undefined,
      etcdAway || swarmSince !== undefined ? askVoters(deps, latest) : undefined,
    ]);
    const now = clock.monotonic();
    swarmSince = leaderless === undefined ? undefined : (swarmSince ?? now);
    const electing = swarmSince !== undefined && now - swarmSince < SWARM_ELECTS_MS;
    const { voters, self, seenByLeader } = etcd ?? { voters: [], self: undefined, seenByLeader: false };
    // One that leads and sees the swarm knows better: it is only this engine that is out of it.
    const swarmAway = etcdAway || !seenByLeader ? leaderless : undefined;
    const facts = { voters, etcdAway, swarmAway, self };
    // Both at once is no election: the same hosts are gone from both.
    if (electing && !lostQuorums(facts).includes("etcd")) over(now);
    else tell(facts, now);
  }

  function tell(facts: QuorumFacts, now: number): void {
    const headline = quorumHeadline(facts);
    if (headline === undefined) {
      over(now);
      return;
    }
    const lost = lostQuorums(facts).join();
    if (told?.lost === lost && now - told.at < REMIND_MS) return;
    const since = told?.since ?? now;
    const minutes = Math.floor((now - since) / 60_000);
    log.error({ about: "quorum" }, minutes === 0 ? headline : `for ${minutes} min now: ${headline}`);
    for (const line of recoverySteps(facts)) log.warn({ about: "quorum" }, line);
    told = { lost, since, at: now };
  }

  function over(now: number): void {
    if (told === undefined) return;
    log.info(
      { about: "quorum" },
      `a quorum is there again after ${Math.round((now - told.since) / 1000)} s: all goes on`,
    );
    told = undefined;
  }

  try {
    for (let turn = 1; ; turn++) {
      await clock.sleep(LOOK_MS, signal);
      await look(turn).catch(error => log.warn({ about: "quorum", err: error }, "the quorums cannot be looked at"));
    }
  } catch {
    // Told to stop.
  } finally {
    following.unsubscribe();
  }
}

/** Why a manager's engine cannot change the swarm. An engine that is away says nothing about the quorum. */
async function swarmTrouble({ docker, clock }: QuorumWatchDeps): Promise<string | undefined> {
  const patience = new AbortController();
  try {
    const late = clock.sleep(DOCKER_MS, patience.signal).then(() => undefined);
    const info = await Promise.race([docker.info(), late]);
    if (info === undefined) return "docker does not say how the swarm is";
    return info.swarm.control || info.swarm.error === "" ? undefined : `docker says: ${plain(info.swarm.error)}`;
  } catch (error) {
    const leaderless = error instanceof DockerError && ["no-leader", "leader-lost", "timeout"].includes(error.kind);
    return leaderless ? plain(error.message) : undefined;
  } finally {
    patience.abort();
  }
}

const plain = (text: string): string => text.replace(/rpc error: .*? desc = /, "").replace(/\.$/, "");

async function askVoters(deps: QuorumWatchDeps, latest: Snapshot | undefined) {
  const kvs = latest?.kvs.values() ?? (await deps.etcd.kv.listStale(deps.keys.root).catch(() => ({ kvs: [] }))).kvs;
  const known = readClusterKeys(deps.keys, kvs);
  const voters = await Promise.all(knownVoters(deps, known).map(voter => probe(deps, voter)));
  const blind = known.cluster?.alarms.some(alarm => alarm.startsWith("swarm cannot be seen")) ?? true;
  return {
    voters,
    self: known.registrations.get(deps.self)?.address,
    seenByLeader: known.leader !== undefined && !blind,
  };
}

type Endpoint = Pick<KnownVoter, "name" | "address"> & { readonly url: string };

/** The voters of the last report; before any, the servers that this controller was told to talk to. */
function knownVoters({ etcd }: QuorumWatchDeps, { cluster }: ClusterKeys): Endpoint[] {
  const urls = etcd.endpoints();
  const [first = "http://127.0.0.1:2379"] = urls;
  const clientUrl = (address: string) => `${new URL(first).protocol}//${address}:2379`;
  const reported = (cluster?.etcd.members ?? []).filter(({ learner, peerUrl }) => !learner && URL.canParse(peerUrl));
  return reported.length > 0
    ? reported.map(({ name, peerUrl }) => ({ name, address: hostOf(peerUrl), url: clientUrl(hostOf(peerUrl)) }))
    : urls.map(url => ({ name: hostOf(url), address: hostOf(url), url }));
}

async function probe({ etcd, clock }: QuorumWatchDeps, { name, address, url }: Endpoint): Promise<KnownVoter> {
  const patience = new AbortController();
  try {
    const late = clock.sleep(PROBE_MS, patience.signal).then(() => undefined);
    const status = await Promise.race([etcd.membership.status(url), late]);
    const raftIndex = status?.raftIndex ?? 0;
    return { name, address, answers: status !== undefined, led: status?.leader !== undefined, raftIndex };
  } catch {
    return { name, address, answers: false, led: false, raftIndex: 0 };
  } finally {
    patience.abort();
  }
}

// While a raft has no quorum nobody can lead, and nothing can be written anywhere: each controller then says so in its
// own log, with who answers and what a person can do, and when it is over. One of those that answer says it aloud too.

import type { Snapshot } from "../../coordination/informer.ts";
import { within } from "../../coordination/timeout.ts";
import { readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import { isSpokesman, lostQuorums, type QuorumFacts, quorumHeadline, recoverySteps } from "../../quorum/recovery.ts";
import { askVoters } from "../../quorum/voters.ts";
import type { Context } from "../context.ts";

/** How often it is looked whether the watch still stands, which costs nothing. */
const POLL_MS = 3_000;
/** Docker is asked with every fifth look while all is well. */
const DOCKER_EVERY = 5;
/** An engine whose raft is without a leader may hang for long before it says so. */
const DOCKER_MS = 4_000;
/** A swarm elects for up to 20 s when its leader dies: that is no loss of its quorum. */
const SWARM_ELECTS_MS = 25_000;
const REMIND_MS = 600_000;

interface Needs extends Pick<Context, "self" | "keys" | "etcd" | "docker" | "clock" | "log"> {
  readonly signal: AbortSignal;
  /** What is known of the cluster now; undefined before anything is. */
  readonly latest: () => Snapshot | undefined;
  /** Says it to people, who do not read logs. */
  readonly notify: Notify;
}

/** What a controller reports itself, while no leader can. */
export type Notify = (event: Pick<NewEvent, "severity" | "reason" | "subject" | "text">) => void;

/** Watches until the signal is aborted, whoever leads. Never throws. */
export async function watchQuorums(deps: Needs): Promise<void> {
  const { clock, log, signal, notify } = deps;
  let swarmSince: number | undefined;
  let logged:
    | { readonly lost: string; readonly since: number; readonly at: number; readonly notify: boolean }
    | undefined;

  async function observe(turn: number): Promise<void> {
    const latest = deps.latest();
    const etcdAway = latest === undefined || latest.stale;
    const askDocker = etcdAway || swarmSince !== undefined || turn % DOCKER_EVERY === 0;
    const [leaderless, etcd] = await Promise.all([
      askDocker ? swarmProblem(deps) : undefined,
      etcdAway || swarmSince !== undefined ? probeAround(deps, latest) : undefined,
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
    else logLoss(facts, now);
  }

  function logLoss(facts: QuorumFacts, now: number): void {
    const headline = quorumHeadline(facts);
    if (headline === undefined) {
      over(now);
      return;
    }
    const lost = lostQuorums(facts).join();
    if (logged?.lost === lost && now - logged.at < REMIND_MS) return;
    const since = logged?.since ?? now;
    const minutes = Math.floor((now - since) / 60_000);
    log.error({ topic: "quorum" }, minutes === 0 ? headline : `for ${minutes} min now: ${headline}`);
    for (const line of recoverySteps(facts)) log.warn({ topic: "quorum" }, line);
    const spokesman = isSpokesman(facts);
    if (spokesman && logged?.lost !== lost)
      notify({ severity: "alarm", reason: "QuorumLost", subject: lost, text: headline });
    logged = { lost, since, at: now, notify: spokesman || logged?.notify === true };
  }

  function over(now: number): void {
    if (logged === undefined) return;
    const text = `a quorum is there again after ${Math.round((now - logged.since) / 1000)} s: all goes on`;
    log.info({ topic: "quorum" }, text);
    if (logged.notify) notify({ severity: "info", reason: "QuorumRegained", subject: logged.lost, text });
    logged = undefined;
  }

  try {
    for (let turn = 1; ; turn++) {
      await clock.sleep(POLL_MS, signal);
      await observe(turn).catch(error => log.warn({ topic: "quorum", err: error }, "the quorums cannot be looked at"));
    }
  } catch {
    // Told to stop.
  }
}

/** Why a manager's engine cannot change the swarm. An engine that is away says nothing about the quorum. */
async function swarmProblem({ docker, clock }: Needs): Promise<string | undefined> {
  try {
    const info = await within(clock, DOCKER_MS, docker.info());
    if (info === undefined) return "docker does not say how the swarm is";
    return info.swarm.control || info.swarm.error === "" ? undefined : `docker says: ${info.swarm.error}`;
  } catch (error) {
    const leaderless = error instanceof DockerError && ["no-leader", "leader-lost", "timeout"].includes(error.kind);
    return leaderless ? error.message : undefined;
  }
}

async function probeAround(deps: Needs, latest: Snapshot | undefined) {
  const kvs = latest?.kvs.values() ?? (await deps.etcd.kv.listStale(deps.keys.root).catch(() => ({ kvs: [] }))).kvs;
  const known = readClusterKeys(deps.keys, kvs);
  const voters = await askVoters(deps, known.cluster);
  const blind = known.cluster?.conditions.some(({ type }) => type === "SwarmUnobservable") ?? true;
  return {
    voters,
    self: known.registrations.get(deps.self)?.address,
    seenByLeader: known.leader !== undefined && !blind,
  };
}

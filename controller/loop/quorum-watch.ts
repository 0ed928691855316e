// Watches the quorums of both rafts. Without one, no controller can lead or write: each controller then logs which
// voters answer, what an operator can do, and when the quorum is restored. One of the answering managers also notifies
// Slack.

import type { Snapshot } from "../../coordination/informer.ts";
import { within } from "../../coordination/timeout.ts";
import { readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import { lostQuorums, type QuorumFacts, quorumHeadline, recoverySteps, reportsForAll } from "../../quorum/recovery.ts";
import { probeVoters } from "../../quorum/voters.ts";
import type { Context } from "../context.ts";

/** How often the etcd watch is checked, which costs no request. */
const POLL_MS = 3_000;
/** While everything is healthy, docker is asked at every fifth check. */
const DOCKER_EVERY = 5;
/** The time limit for docker: without a swarm leader it may take long to answer. */
const DOCKER_MS = 4_000;
/** A swarm takes up to 20 s to elect a new leader, which is not a lost quorum. */
const SWARM_ELECTS_MS = 25_000;
/** How often a lost quorum is logged again. */
const REMIND_MS = 600_000;

interface Needs extends Pick<Context, "self" | "keys" | "etcd" | "docker" | "clock" | "log"> {
  readonly signal: AbortSignal;
  /** The newest snapshot; undefined before the first one. */
  readonly latest: () => Snapshot | undefined;
  /** Notifies Slack. */
  readonly notify: Notify;
}

/** Notifies Slack of an event that etcd cannot store without a quorum. */
export type Notify = (event: Pick<NewEvent, "severity" | "reason" | "subject" | "text">) => void;

/** Watches until the signal is aborted, whether or not this controller leads. Never rejects. */
export async function watchQuorums(deps: Needs): Promise<void> {
  const { clock, log, signal, notify } = deps;
  let swarmSince: number | undefined;
  let logged:
    | { readonly lost: string; readonly since: number; readonly at: number; readonly notify: boolean }
    | undefined;

  async function observe(count: number): Promise<void> {
    const latest = deps.latest();
    const etcdUnavailable = latest === undefined || latest.stale;
    const askDocker = etcdUnavailable || swarmSince !== undefined || count % DOCKER_EVERY === 0;
    const [leaderless, etcd] = await Promise.all([
      askDocker ? readSwarmProblem(deps) : undefined,
      etcdUnavailable || swarmSince !== undefined ? readVoters(deps, latest) : undefined,
    ]);
    const now = clock.monotonic();
    swarmSince = leaderless === undefined ? undefined : (swarmSince ?? now);
    const electing = swarmSince !== undefined && now - swarmSince < SWARM_ELECTS_MS;
    const { voters, self, observedByLeader } = etcd ?? { voters: [], self: undefined, observedByLeader: false };
    // If the leading controller observes the swarm, only this engine is cut off from it.
    const swarmProblem = etcdUnavailable || !observedByLeader ? leaderless : undefined;
    const facts = { voters, etcdUnavailable, swarmProblem, self };
    // A loss of both at once is no election: the same nodes are unreachable in both.
    if (electing && !lostQuorums(facts).includes("etcd")) logRestored(now);
    else logLoss(facts, now);
  }

  function logLoss(facts: QuorumFacts, now: number): void {
    const headline = quorumHeadline(facts);
    if (headline === undefined) {
      logRestored(now);
      return;
    }
    const lost = lostQuorums(facts).join();
    if (logged?.lost === lost && now - logged.at < REMIND_MS) return;
    const since = logged?.since ?? now;
    const minutes = Math.floor((now - since) / 60_000);
    log.error({ topic: "quorum" }, minutes === 0 ? headline : `for ${minutes} min now: ${headline}`);
    for (const line of recoverySteps(facts)) log.warn({ topic: "quorum" }, line);
    const reports = reportsForAll(facts);
    if (reports && logged?.lost !== lost)
      notify({ severity: "alarm", reason: "QuorumLost", subject: lost, text: headline });
    logged = { lost, since, at: now, notify: reports || logged?.notify === true };
  }

  function logRestored(now: number): void {
    if (logged === undefined) return;
    const text = `the quorum is restored after ${Math.round((now - logged.since) / 1000)} s: the cluster continues`;
    log.info({ topic: "quorum" }, text);
    if (logged.notify) notify({ severity: "info", reason: "QuorumRegained", subject: logged.lost, text });
    logged = undefined;
  }

  try {
    for (let count = 1; ; count++) {
      await clock.sleep(POLL_MS, signal);
      await observe(count).catch(error => log.warn({ topic: "quorum", err: error }, "the quorums cannot be checked"));
    }
  } catch {
    // The signal was aborted.
  }
}

/** Why this engine cannot change the swarm; undefined if it can. An unreachable engine is no sign of a lost quorum. */
async function readSwarmProblem({ docker, clock }: Needs): Promise<string | undefined> {
  try {
    const info = await within(clock, DOCKER_MS, docker.info());
    if (info === undefined) return "docker does not report the state of the swarm";
    return info.swarm.control || info.swarm.error === "" ? undefined : `docker reports: ${info.swarm.error}`;
  } catch (error) {
    const leaderless = error instanceof DockerError && ["no-leader", "leader-lost", "timeout"].includes(error.kind);
    return leaderless ? error.message : undefined;
  }
}

/** The etcd voters, this node's address, and whether the leading controller observes the swarm. */
async function readVoters(deps: Needs, latest: Snapshot | undefined) {
  const kvs = latest?.kvs.values() ?? (await deps.etcd.kv.listStale(deps.keys.root).catch(() => ({ kvs: [] }))).kvs;
  const known = readClusterKeys(deps.keys, kvs);
  const voters = await probeVoters(deps, known.cluster);
  const unobservable = known.cluster?.conditions.some(({ type }) => type === "SwarmUnobservable") ?? true;
  return {
    voters,
    self: known.registrations.get(deps.self)?.address,
    observedByLeader: known.leader !== undefined && !unobservable,
  };
}

// The life of a controller: stand by, lead, stand by again, until it is told to stop.
import { catchError, EMPTY, filter, map, type Observable, shareReplay } from "rxjs";
import { informer, type Snapshot } from "../../coordination/informer.ts";
import { campaign } from "../../coordination/leadership.ts";
import type { LeaderRecord } from "../../crd-like-specs/resources/leader-record.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import type { Context } from "../context.ts";
import { type LeadNeeds, lead } from "./lead.ts";
import { effectiveLevel, isDue, notifierOf, notifySlack, type SlackNeeds } from "./notify.ts";
import { type Notify, watchQuorums } from "./quorum-watch.ts";

/** A leader that vanished is succeeded after this (ours: well above etcd's own elections of 1–2 s). */
const LEASE_SECONDS = 10;
/** Who gave up the lead lets the others have it first. */
const AFTER_RESIGNING_MS = 5000;
const CONTROL_POLL_MS = 1000;

/** Returns once the signal is aborted, the lead given up. Throws what the campaign for the lead throws before that. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const { clock, etcd, keys, log, random } = context;
  const snapshots = informer(etcd.kv, keys.root, { clock, random }).pipe(
    shareReplay({ bufferSize: 1, refCount: false }),
  );
  const following = followEndpoints(context, snapshots);
  const latest = latestOf(snapshots);
  const needs = { ...context, latest };
  void watchQuorums({ ...needs, signal, notify: notify(needs, signal) });
  const beside: LeadNeeds["beside"] = (fencedWrite, until) => notifySlack(needs, fencedWrite, until);
  try {
    while (!signal.aborted) {
      await swarmControl(context, signal, () => log.info("standing by: this engine is no swarm manager yet"));
      const terms = campaign({
        kv: etcd.kv,
        leases: etcd.leases,
        clock,
        key: keys.leader,
        value: () => JSON.stringify(leaderRecord(context)),
        ttlSeconds: LEASE_SECONDS,
        signal,
        random,
        onWaiting: holder => log.info(`standing by: ${leaderName(holder.key, holder.value)} leads`),
      });
      for await (const term of terms) {
        log.info("leading");
        const reason = await lead(term, { ...context, snapshots, beside });
        log.info(`no longer leading: ${reason}`);
        break;
      }
      await clock.sleep(AFTER_RESIGNING_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    following.unsubscribe();
  }
}

/** Only a swarm manager that sees its raft's leader can act, so only such a one stands for election. */
async function swarmControl(
  { docker, clock }: Pick<Context, "docker" | "clock">,
  signal: AbortSignal,
  onWaiting: () => void,
): Promise<void> {
  let logged = false;
  for (;;) {
    const info = await docker.info().catch(() => undefined);
    if (info?.swarm.control) return;
    if (!logged) onWaiting();
    logged = true;
    await clock.sleep(CONTROL_POLL_MS, signal);
  }
}

/** This host's own etcd may die: talk to all voters, as its assignment names them. */
function followEndpoints(
  { etcd, keys, self }: Pick<Context, "etcd" | "keys" | "self">,
  snapshots: Observable<Snapshot>,
) {
  return snapshots
    .pipe(
      map(({ kvs }) => kvs.get(keys.assignments.of(self))),
      filter(kv => kv !== undefined),
      map(kv => parseResource("Assignment", kv.key, kv.value)),
      filter(result => result.ok),
      map(result => result.value.etcd.endpoints),
      filter(endpoints => endpoints.length > 0),
      catchError(() => EMPTY), // whoever leads meets the same error and says it
    )
    .subscribe(endpoints => etcd.setEndpoints(endpoints));
}

/** The newest of them; undefined before there is any. */
function latestOf(snapshots: Observable<Snapshot>): () => Snapshot | undefined {
  let latest: Snapshot | undefined;
  snapshots.subscribe({
    next: snapshot => {
      latest = snapshot;
    },
    error: () => {}, // whoever leads meets the same error and says it
  });
  return () => latest;
}

/** What this controller says itself, while etcd takes no events. */
function notify(needs: SlackNeeds, signal: AbortSignal): Notify {
  const notifier = notifierOf(needs);
  notifier
    .run(signal)
    .catch(error => needs.log.error({ topic: "slack", err: error }, "Slack is told nothing any more"));
  return ({ severity, reason, subject, text }) => {
    const at = needs.clock.now();
    if (isDue({ severity, at: new Date(at).toISOString() }, effectiveLevel(needs), at))
      notifier.notify({ at, severity, thread: { id: "quorum", title: "quorum" }, reason, subject, text });
  };
}

/** Leading since now: made for the transaction that wins the election. */
function leaderRecord({ self: node, name, version, clock }: Context): LeaderRecord {
  return { node, name, since: new Date(clock.now()).toISOString(), version };
}

function leaderName(key: string, value: string): string {
  const record = parseResource("LeaderRecord", key, value);
  return record.ok ? `the controller on ${record.value.name}` : "another controller";
}

// Runs a controller: it stands by, leads, and stands by again, until its signal is aborted.
import { catchError, EMPTY, filter, map, type Observable, shareReplay } from "rxjs";
import { informer, type Snapshot } from "../../coordination/informer.ts";
import { campaign } from "../../coordination/leadership.ts";
import type { LeaderRecord } from "../../crd-like-specs/resources/leader-record.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import type { Context } from "../context.ts";
import { type LeadNeeds, lead } from "./lead.ts";
import { effectiveLevel, isDue, notifierOf, notifySlack, type SlackNeeds } from "./notify.ts";
import { type Notify, watchQuorums } from "./quorum-watch.ts";

/** A dead leader is replaced after this time (ours: well above etcd's own elections of 1–2 s). */
const LEASE_SECONDS = 10;
/** A controller that has resigned waits this long, so that another one is elected first. */
const AFTER_RESIGNING_MS = 5000;
const CONTROL_POLL_MS = 1000;

/** Resolves after the signal is aborted and the leadership is resigned. Rejects with an error of the campaign. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const { clock, etcd, keys, log, random } = context;
  const snapshots = informer(etcd.kv, keys.root, { clock, random }).pipe(
    shareReplay({ bufferSize: 1, refCount: false }),
  );
  const following = followEndpoints(context, snapshots);
  const latest = latestOf(snapshots);
  const needs = { ...context, latest };
  void watchQuorums({ ...needs, signal, notify: notify(needs, signal) });
  const inBackground: LeadNeeds["inBackground"] = (fencedWrite, until) => notifySlack(needs, fencedWrite, until);
  try {
    while (!signal.aborted) {
      await swarmControl(context, signal, () => log.info("standing by: this docker engine is no swarm manager yet"));
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
        const reason = await lead(term, { ...context, snapshots, inBackground });
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

/** Resolves once this engine is a swarm manager with a leader: only such a controller can act, and so may campaign. */
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

/** Keeps the client's endpoints at those of this node's assignment, because the local etcd may die. */
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
      catchError(() => EMPTY), // the campaign or a round reports the same error
    )
    .subscribe(endpoints => etcd.setEndpoints(endpoints));
}

/** Returns the newest snapshot; undefined before the first one. */
function latestOf(snapshots: Observable<Snapshot>): () => Snapshot | undefined {
  let latest: Snapshot | undefined;
  snapshots.subscribe({
    next: snapshot => {
      latest = snapshot;
    },
    error: () => {}, // the campaign or a round reports the same error
  });
  return () => latest;
}

/** Sends events of this controller to Slack while etcd accepts none. */
function notify(needs: SlackNeeds, signal: AbortSignal): Notify {
  const notifier = notifierOf(needs);
  notifier
    .run(signal)
    .catch(error =>
      needs.log.error({ topic: "slack", err: error }, "the notifier has failed: nothing is sent to Slack any more"),
    );
  return ({ severity, reason, subject, text }) => {
    const at = needs.clock.now();
    if (isDue({ severity, at: new Date(at).toISOString() }, effectiveLevel(needs), at))
      notifier.notify({ at, severity, thread: { id: "quorum", title: "quorum" }, reason, subject, text });
  };
}

/** The value of the leader key, computed for the transaction that wins the election. */
function leaderRecord({ self: node, name, version, clock }: Context): LeaderRecord {
  return { node, name, since: new Date(clock.now()).toISOString(), version };
}

function leaderName(key: string, value: string): string {
  const record = parseResource("LeaderRecord", key, value);
  return record.ok ? `the controller on ${record.value.name}` : "another controller";
}

// One term of the leadership: triggers start rounds, until the term ends, this node is no swarm manager any more, or a
// round resigns.
import type { Logger } from "pino";
import {
  catchError,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  merge,
  type Observable,
  of,
  race,
  repeat,
  Subject,
  switchMap,
} from "rxjs";
import { recorder } from "../../coordination/event-recorder.ts";
import type { Snapshot } from "../../coordination/informer.ts";
import { Deposed, fenced, type Term } from "../../coordination/leadership.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import { EtcdError, type Write } from "../../drivers/etcd/port.ts";
import type { Context } from "../context.ts";
import type { FencedWrite } from "../effects/deps.ts";
import { conflate } from "./conflate.ts";
import { newMemory } from "./memory.ts";
import { isNoManager } from "./observe.ts";
import { reconcile } from "./reconcile.ts";
import { pauseBefore } from "./repeats.ts";
import { readOwnWrites } from "./snapshot.ts";
import { after } from "./timer.ts";

/** A round runs at least this often (ours): events may be lost, and compaction may swallow a delete. */
const RESYNC_MS = 30_000;
/** The wait after a failed round. */
const FAILED_MS = 2000;

export interface LeadNeeds
  extends Pick<Context, "self" | "name" | "keys" | "etcd" | "docker" | "clock" | "random" | "log"> {
  /** Snapshots of everything under the prefix. Replays the latest one to a new subscriber. */
  readonly snapshots: Observable<Snapshot>;
  /** Runs in the background while this controller leads. Never rejects. */
  readonly inBackground: (fencedWrite: FencedWrite, signal: AbortSignal) => Promise<void>;
}

/** Leads until there is a reason to stop, and returns it as a text. The caller resigns the term. */
export async function lead(term: Term, deps: LeadNeeds): Promise<string> {
  const { clock, docker, keys, log, random, snapshots } = deps;
  const { fencedWrite, written } = fencedWriteOf(deps, term);
  const events = recorder({ self: deps.self, by: deps.name, as: "controller", keys, leases: deps.etcd.leases, clock });
  const memory = newMemory();
  const requeue = new Subject<number | undefined>();
  const triggers = merge(
    snapshots.pipe(filter(snapshot => !snapshot.stale && isRelevant(keys, snapshot))),
    docker.nodeEvents(),
    docker.managerEvents(),
    after(clock, RESYNC_MS).pipe(repeat()),
    // The resync is earlier than a longer wait, and a timer of weeks would overflow and fire at once.
    requeue.pipe(switchMap(ms => (ms === undefined || ms > RESYNC_MS ? EMPTY : after(clock, ms)))),
  );
  const round = async (): Promise<string | undefined> => {
    if (!term.alive()) return "the lease was not renewed in time";
    try {
      const pause = pauseBefore(memory, random);
      if (pause > 0) await clock.sleep(pause, term.signal);
      const kvs = await readOwnWrites(deps, written());
      const { requeueAfterMs, resign } = await reconcile(
        deps.self,
        kvs,
        { ...deps, fencedWrite, events, membership: deps.etcd.membership },
        memory,
      );
      requeue.next(requeueAfterMs);
      return resign;
    } catch (error) {
      if (error instanceof EtcdError && error.kind === "lease-not-found") events.forgetLease();
      const reason = endOfTerm(error);
      if (reason === undefined) requeue.next(logRoundFailure(log, error));
      return reason;
    }
  };
  const over = new AbortController();
  void deps.inBackground(fencedWrite, AbortSignal.any([term.signal, over.signal]));
  const ended = race(conflate(triggers, round).pipe(filter(reason => reason !== undefined)), from(term.ended)).pipe(
    catchError(error => (term.signal.aborted ? from(term.ended) : of(endOfTerm(error) ?? String(error)))),
  );
  return firstValueFrom(ended).finally(() => over.abort(null));
}

/** Whether a change is relevant: not one of the statuses that this controller publishes. */
function isRelevant(keys: Keyspace, { changed }: Snapshot): boolean {
  return changed.some(key => key !== keys.clusterStatus && !key.startsWith(keys.specStatus.root));
}

/** The fenced write of this term, and the revision of its last write. */
function fencedWriteOf({ etcd, keys }: LeadNeeds, term: Term): { fencedWrite: FencedWrite; written: () => number } {
  const kv = fenced(etcd.kv, term);
  let revision = 0;
  const fencedWrite: FencedWrite = async writes => {
    const result = await kv.txn({ if: [], do: writes });
    // A process that was stopped meanwhile gets this answer when it wakes, and must not act on it.
    if (!term.alive()) throw new Deposed(term.fence.key, "its lease was given up during the write");
    // No snapshot ever shows a key outside of the prefix.
    if (writes.some(write => keyOf(write).startsWith(keys.root))) revision = result.revision;
  };
  return { fencedWrite, written: () => revision };
}

const keyOf = (write: Write): string =>
  "put" in write ? write.put : "delete" in write ? write.delete : write.deletePrefix;

/** Why an error ends the term; undefined if the next round may succeed. */
function endOfTerm(error: unknown): string | undefined {
  if (error instanceof Deposed) return error.message;
  if (isNoManager(error)) return `this docker engine is no swarm manager: ${error.message}`;
  return undefined;
}

/** Logs a failed round, and returns the wait until the next one in milliseconds. */
function logRoundFailure(log: Logger, error: unknown): number {
  const expected = (error instanceof EtcdError || error instanceof DockerError) && error.recoverable;
  if (expected) log.warn(`the round failed and will run again: ${error.message}`);
  else log.error({ err: error }, "the round failed and will run again");
  return FAILED_MS;
}

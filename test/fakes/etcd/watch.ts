// The watch stream of the fake etcd: the history and then new events, from one member. It is silent while cut off, and
// breaks after the times that the real stream takes to notice a failure.
import { Observable } from "rxjs";
import { EtcdError, type WatchBatch, type WatchEvent } from "../../../drivers/etcd/port.ts";
import type { MemberState } from "./members.ts";
import type { EtcdState } from "./state.ts";
import type { Revision } from "./store.ts";

/** Derived from the driver's gRPC keepalive: 6 s, and 2 s for the answer. */
const SILENCE_NOTICED_MS = 8_000;
/** A replay comes in batches of whole revisions (chosen). */
const REVISIONS_A_BATCH = 50;
/** Until etcd ends a stream with `hasleader` after the loss of the leader. */
const LEADER_LOSS_NOTICED_MS = 4_000;

/** What a watch needs of its client. */
export interface Watcher {
  readonly closed: boolean;
  /** Changes when the connections are broken. */
  readonly connection: number;
  /** The number of batches of events after which a stream breaks. */
  readonly batchesAStream: number;
  /** False while the client is cut off from this server. */
  reaches(member: MemberState): boolean;
  /** A running voter at one of the client's endpoints. */
  server(): MemberState | undefined;
  /** Whether this member still runs and is still among the endpoints. */
  serves(member: MemberState): boolean;
}

export function watchStore(etcd: EtcdState, client: Watcher, prefix: string, from: number): Observable<WatchBatch> {
  return new Observable(subscriber => {
    const what = `fake etcd: watch ${prefix}`;
    const server = client.server();
    const { connection } = client;
    let next = from;
    let created = false;
    let delivered = 0;
    let over = false;
    let failing: AbortController | undefined;

    function fail(error: EtcdError): void {
      if (over) return;
      end();
      subscriber.error(error);
    }

    /** The stream breaks after `ms`, unless the connection recovers before. */
    function failAfter(ms: number, reason: string): void {
      if (failing) return;
      failing = new AbortController();
      etcd.clock.sleep(ms, failing.signal).then(
        () => fail(new EtcdError("unavailable", `${what}: ${reason}`)),
        () => {},
      );
    }

    function deliver(): void {
      if (!created) subscriber.next({ revision: from - 1, events: [] });
      else if (etcd.store.revision < next) return;
      created = true;
      const batches = etcd.store.since(next);
      if (batches === "compacted") {
        const { compacted: compactRevision } = etcd.store;
        fail(new EtcdError("compacted", `${what}: compacted up to revision ${compactRevision}`, { compactRevision }));
        return;
      }
      for (let start = 0; start < batches.length && !over; start += REVISIONS_A_BATCH) {
        emit(batches.slice(start, start + REVISIONS_A_BATCH));
      }
    }

    function emit(batches: readonly Revision[]): void {
      const last = batches.at(-1);
      if (last === undefined) return;
      next = last.revision + 1;
      const events = batches.flatMap(batch => batch.events).filter(event => keyOf(event).startsWith(prefix));
      if (events.length === 0) return;
      delivered++;
      if (delivered > client.batchesAStream) fail(new EtcdError("unavailable", `${what}: the connection broke`));
      else subscriber.next({ revision: last.revision, events });
    }

    /** The error that ends the stream now, if any. */
    function ended(): EtcdError | undefined {
      if (client.closed) return new EtcdError("closed", `${what}: this client was closed`);
      if (client.connection !== connection) return new EtcdError("unavailable", `${what}: the connection broke`);
      if (server === undefined) return new EtcdError("unavailable", `${what}: no server can be reached`);
      if (client.reaches(server) && !client.serves(server)) {
        return new EtcdError("unavailable", `${what}: ${server.name} does not run`);
      }
      return undefined;
    }

    function observe(): void {
      if (over) return;
      const error = ended();
      if (error) fail(error);
      else if (server && !client.reaches(server)) failAfter(SILENCE_NOTICED_MS, "the server fell silent");
      else if (server && etcd.members.leaderOf(server) === undefined) failAfter(LEADER_LOSS_NOTICED_MS, "no leader");
      else {
        failing?.abort(null);
        failing = undefined;
        deliver();
      }
    }

    // Never synchronous: the real stream does not call back during a write either.
    const observeSoon = () => queueMicrotask(observe);
    const forget = etcd.onChange(observeSoon);
    function end(): void {
      over = true;
      forget();
      failing?.abort(null);
    }
    observeSoon();
    return end;
  });
}

const keyOf = (event: WatchEvent): string => (event.type === "put" ? event.kv.key : event.key);

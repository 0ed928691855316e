// The twin's watch stream: history, then what comes, from one member; silent while cut off, and broken after the
// times that the real one takes to notice.
import { Observable } from "rxjs";
import { EtcdError, type WatchBatch, type WatchEvent } from "../../../drivers/etcd/port.ts";
import type { MemberState } from "./members.ts";
import type { EtcdState } from "./state.ts";
import type { Revision } from "./store.ts";

/** gRPC keepalive: 6 s, and 2 s for the answer. */
const SILENCE_NOTICED_MS = 8_000;
/** A replay comes in pieces, each of whole revisions. */
const REVISIONS_A_BATCH = 50;
/** What etcd takes to tell a stream with `hasleader` that there is none. */
const LEADER_LOSS_NOTICED_MS = 4_000;

/** What a watch asks of the client that it belongs to. */
export interface Watcher {
  readonly closed: boolean;
  /** Another number once the connections were broken. */
  readonly connection: number;
  /** How many batches of events a stream carries before it breaks. */
  readonly batchesAStream: number;
  /** False while the client is cut off from this server. */
  reaches(member: MemberState): boolean;
  /** A running voter at one of the client's endpoints. */
  server(): MemberState | undefined;
  /** Whether this one still runs and is still among the endpoints. */
  serves(member: MemberState): boolean;
}

export function watchStore(world: EtcdState, client: Watcher, prefix: string, from: number): Observable<WatchBatch> {
  return new Observable(subscriber => {
    const what = `memory etcd: watch ${prefix}`;
    const server = client.server();
    const { connection } = client;
    let next = from;
    let taken = false;
    let carried = 0;
    let over = false;
    let doom: AbortController | undefined;

    function fail(error: EtcdError): void {
      if (over) return;
      end();
      subscriber.error(error);
    }

    /** Unless things are well again in time, the stream breaks. */
    function doomed(ms: number, reason: string): void {
      if (doom) return;
      doom = new AbortController();
      world.clock.sleep(ms, doom.signal).then(
        () => fail(new EtcdError("unavailable", `${what}: ${reason}`)),
        () => {},
      );
    }

    function deliver(): void {
      if (!taken) subscriber.next({ revision: from - 1, events: [] });
      else if (world.store.revision < next) return;
      taken = true;
      const batches = world.store.since(next);
      if (batches === "compacted") {
        const { compacted: compactRevision } = world.store;
        fail(new EtcdError("compacted", `${what}: compacted up to revision ${compactRevision}`, { compactRevision }));
        return;
      }
      for (let start = 0; start < batches.length && !over; start += REVISIONS_A_BATCH) {
        hand(batches.slice(start, start + REVISIONS_A_BATCH));
      }
    }

    function hand(batches: readonly Revision[]): void {
      const last = batches.at(-1);
      if (last === undefined) return;
      next = last.revision + 1;
      const events = batches.flatMap(batch => batch.events).filter(event => keyOf(event).startsWith(prefix));
      if (events.length === 0) return;
      carried++;
      if (carried > client.batchesAStream) fail(new EtcdError("unavailable", `${what}: the connection broke`));
      else subscriber.next({ revision: last.revision, events });
    }

    /** What has ended the stream already, if anything. */
    function ended(): EtcdError | undefined {
      if (client.closed) return new EtcdError("closed", `${what}: this client was closed`);
      if (client.connection !== connection) return new EtcdError("unavailable", `${what}: the connection broke`);
      if (server === undefined) return new EtcdError("unavailable", `${what}: no server can be reached`);
      if (client.reaches(server) && !client.serves(server)) {
        return new EtcdError("unavailable", `${what}: ${server.name} is gone`);
      }
      return undefined;
    }

    function observe(): void {
      if (over) return;
      const error = ended();
      if (error) fail(error);
      else if (server && !client.reaches(server)) doomed(SILENCE_NOTICED_MS, "the server fell silent");
      else if (server && world.members.leaderOf(server) === undefined) doomed(LEADER_LOSS_NOTICED_MS, "no leader");
      else {
        doom?.abort(null);
        doom = undefined;
        deliver();
      }
    }

    // Never within the caller's own turn: the real stream does not call back while one is writing either.
    const soon = () => queueMicrotask(observe);
    const forget = world.onChange(soon);
    function end(): void {
      over = true;
      forget();
      doom?.abort(null);
    }
    soon();
    return end;
  });
}

const keyOf = (event: WatchEvent): string => (event.type === "put" ? event.kv.key : event.key);

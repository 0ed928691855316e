// etcd's watch stream as an Observable of whole batches. It joins fragments, and every end is an EtcdError. It does not
// resume: the informer does, because it knows which revisions it has applied.
import type { IWatchResponse } from "etcd3";
import { Observable } from "rxjs";
import { toEtcdError } from "../errors.ts";
import { EtcdError, type WatchBatch, type WatchEvent } from "../port.ts";
import type { EndpointPool } from "./pool.ts";
import { fromEvent, prefixRange } from "./wire.ts";

/** How long a server may take to create the watch (chosen). */
const CREATE_MS = 3_000;

export function watchPrefix(pool: EndpointPool, prefix: string, from: number): Observable<WatchBatch> {
  return new Observable(subscriber => {
    const what = `watch ${prefix}`;
    let end = () => {};
    let over = false;

    function fail(error: EtcdError): void {
      if (over) return;
      end();
      subscriber.error(error);
    }

    async function open(): Promise<void> {
      const { stream, url, done } = await pool.stream(what, endpoint => endpoint.watchStream(), fail);
      const broken = (cause: unknown) => {
        if (over) return; // caused by our own cancel
        const error = toEtcdError(cause, { what, endpoint: url, writes: false });
        done(error);
        fail(error);
      };
      const slow = setTimeout(() => {
        broken(new EtcdError("timeout", `etcd ${url}: ${what}: not created within ${CREATE_MS / 1000} s`));
      }, CREATE_MS);
      end = () => {
        over = true;
        clearTimeout(slow);
        done();
        stream.cancel();
      };
      const receive = batches(from, batch => subscriber.next(batch));
      stream.on("error", broken);
      stream.on("end", () => broken(new EtcdError("unavailable", `etcd ${url}: ${what}: the server ended the stream`)));
      stream.on("data", response => {
        if (over) return;
        if (response.canceled) return fail(cancelled(response, url, what));
        if (response.created) clearTimeout(slow);
        receive(response);
      });
      if (over) return end(); // the subscriber left during the connect
      stream.write({
        create_request: { ...prefixRange(prefix), start_revision: from, progress_notify: true, fragment: true },
      });
    }

    end = () => {
      over = true;
    };
    open().catch(error => fail(toEtcdError(error, { what, endpoint: pool.urls().join(", "), writes: false })));
    return () => end();
  });
}

/** Collects fragments up to the last one. Emits one batch per whole response. */
function batches(from: number, emit: (batch: WatchBatch) => void): (response: IWatchResponse) => void {
  let fragments: WatchEvent[] = [];
  return response => {
    if (response.created) return emit({ revision: from - 1, events: [] });
    fragments.push(...response.events.map(fromEvent));
    if (response.fragment) return;
    const events = fragments;
    fragments = [];
    const last = events.at(-1);
    // During a replay the header is far ahead of the events. Only the events that were sent count as delivered.
    if (last !== undefined) emit({ revision: revisionOf(last), events });
    else emit({ revision: Number(response.header.revision), events });
  };
}

const revisionOf = (event: WatchEvent): number => (event.type === "put" ? event.kv.modRevision : event.modRevision);

function cancelled(response: IWatchResponse, url: string, what: string): EtcdError {
  const compactRevision = Number(response.compact_revision);
  if (compactRevision > 0) {
    const message = `etcd ${url}: ${what}: compacted up to revision ${compactRevision}`;
    return new EtcdError("compacted", message, { compactRevision });
  }
  const reason = response.cancel_reason || "cancelled by the server without a reason";
  if (/permission denied|invalid auth token/.test(reason)) {
    return new EtcdError("denied", `etcd ${url}: ${what}: ${reason}`);
  }
  return new EtcdError("unavailable", `etcd ${url}: ${what}: ${reason}`);
}

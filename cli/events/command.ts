// `swarmkeeper events [-f]`: prints the event log, oldest first, and follows it with -f.

import { once } from "node:events";
import { informer } from "../../coordination/informer.ts";
import { parseSpan } from "../../crd-like-specs/duration.ts";
import { Event } from "../../crd-like-specs/resources/event.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { systemClock } from "../../drivers/clock/real.ts";
import type { Etcd, KeyValue } from "../../drivers/etcd/port.ts";
import { type EtcdOptions, READ_PATIENCE_MS, withEtcd, within } from "../cluster/etcd.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { eventText } from "../terminal/event-text.ts";
import { paintFor } from "../terminal/paint.ts";
import { type Form, printLines, printNext } from "../terminal/print.ts";

export interface EventsOptions extends EtcdOptions {
  readonly follow: boolean;
  readonly since?: string;
  readonly output: "text" | Form;
}

/** With `follow`, runs until SIGINT or SIGTERM, or until its output is closed, and waits while etcd does not answer. */
export async function events(options: EventsOptions): Promise<number> {
  const { since, output } = options;
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.now() - spanOf(since);
  const show = printer(output);
  // Listens from the start, because a signal can arrive during the first read.
  const stopped = options.follow ? Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]) : undefined;
  await withEtcd(
    options,
    async (etcd, keys) => {
      const { revision, kvs } = await within(READ_PATIENCE_MS, etcd.kv.list(keys.events.root));
      for (const event of eventsIn(kvs)) if (Date.parse(event.at) >= from) show(event);
      if (stopped) await Promise.race([stopped, follow(etcd, keys, revision, show)]);
    },
    "none",
  );
  return 0;
}

function spanOf(since: string): number {
  const span = parseSpan(since);
  if (span === undefined)
    throw new CliError(`--since ${JSON.stringify(since)} is not a duration; use for example 10m`, 2);
  return span;
}

function printer(output: EventsOptions["output"]): (event: Event) => void {
  if (output !== "text") return event => printNext(event, output);
  const paint = paintFor(process.stdout, process.env);
  return event => printLines([eventText(event, Date.now(), paint)]);
}

/** Shows each event after the mod revision once, even if the connection breaks. Never resolves. */
function follow(etcd: Etcd, keys: Keyspace, modRevision: number, show: (event: Event) => void): Promise<never> {
  return new Promise((_, reject) => {
    informer(etcd.kv, keys.events.root, { clock: systemClock }).subscribe({
      next: ({ kvs, changed, stale }) => {
        if (stale) process.stderr.write("note: etcd does not answer; events continue when it does\n");
        const added = changed.flatMap(key => kvs.get(key) ?? []).filter(kv => kv.modRevision > modRevision);
        for (const event of eventsIn(added)) show(event);
      },
      error: reject, // also when the client is closed at the end
    });
  });
}

/** In the order of their keys, which start with the time. An invalid event is reported and ignored. */
function eventsIn(kvs: readonly KeyValue[]): Event[] {
  return [...kvs]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap(({ key, value }) => {
      const event = parseResource("Event", key, value);
      if (event.ok) return [event.value];
      process.stderr.write(`note: ignored: ${explain(event.error)}\n`);
      return [];
    });
}

export const command: CliCommand = {
  output: { forms: ["text"], view: "Event", schema: Event },
  define: command =>
    etcdOptions(command)
      .option("-f, --follow", "print new events as they happen, until ^C", false)
      .option("--since <span>", "only events of the last 90s, 10m, 2h or 1d")
      .action(exitWith(events)),
};

// The story, as the leader says it to Slack: from where it was said last, whoever led then, and beside the rounds, which
// neither wait for it nor fail by it. At least once: a leader that dies right after a message leaves it to be said again.

import type { Snapshot } from "../../coordination/informer.ts";
import { tail } from "../../coordination/tail.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { SEVERITIES } from "../../crd-like-specs/resources/condition.ts";
import type { Event, Severity, SlackCursor } from "../../crd-like-specs/resources/event.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { readEffectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { Kv } from "../../drivers/etcd/port.ts";
import type { Line } from "../../notifications/message.ts";
import { type Notifier, openNotifier } from "../../notifications/notifier.ts";
import type { Context } from "../context.ts";
import type { FencedWrite } from "../effects/deps.ts";

/** How often it is looked whether there is a webhook, while there is none. */
const POLL_MS = 30_000;
/** Whoever comes to it later reads on in the events. */
const OLD_MS = 3600_000;
const RETRY_MS = 30_000;

export interface SlackNeeds extends Pick<Context, "slack" | "etcd" | "keys" | "clock" | "random" | "log"> {
  /** What is known of the cluster now; undefined before anything is. */
  readonly latest: () => Snapshot | undefined;
}

/** Until the signal is aborted. Never rejects. Writes, by the pen, only after it has said something. */
export async function notifySlack(deps: SlackNeeds, fencedWrite: FencedWrite, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  while (!signal.aborted) {
    try {
      await awaitWebhook(deps, signal);
      await follow(deps, fencedWrite, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ topic: "slack", err: error }, "the story cannot be followed for Slack, and is tried again");
      await clock.sleep(RETRY_MS, signal).catch(() => {}); // only when aborted
    }
  }
}

/** A voice for Slack whose troubles are told in this controller's log. */
export function notifierOf({ slack, clock, random, log }: SlackNeeds, onDelivered?: () => void): Notifier {
  return openNotifier({
    slack,
    clock,
    random,
    log: (level, text) => log[level]({ topic: "slack" }, text),
    ...(onDelivered && { onDelivered }),
  });
}

async function awaitWebhook({ slack, clock, log }: SlackNeeds, signal: AbortSignal): Promise<void> {
  let loggedReason: string | undefined;
  for (let off = await slack.off(); off !== undefined; off = await slack.off()) {
    if (off.reason !== undefined && off.reason !== loggedReason)
      log.warn({ topic: "slack" }, `nothing is sent to Slack: ${off.why}`);
    loggedReason = off.reason;
    await clock.sleep(POLL_MS, signal);
  }
}

async function follow(deps: SlackNeeds, fencedWrite: FencedWrite, signal: AbortSignal): Promise<void> {
  const { keys, clock, random } = deps;
  const { kv } = deps.etcd;
  let saved = await deliveredBefore(kv, keys.slackCursor);
  const save = async () => {
    const revision = notifier.deliveredUpTo();
    if (revision === undefined || revision <= saved) return;
    const before = saved;
    saved = revision;
    await fencedWrite([
      { put: keys.slackCursor, value: JSON.stringify({ deliveredUpTo: revision } satisfies SlackCursor) },
    ]).catch(() => {
      saved = before; // the next message tries again
    });
  };
  const notifier = notifierOf(deps, () => void save());
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const hostNamed = hostsOf(deps);
  try {
    await Promise.race([
      notifier.run(until),
      tail(kv, keys.events.root, saved, { clock, random, signal: until }, kvs => {
        const level = effectiveLevel(deps);
        for (const { key, value, modRevision } of kvs) {
          const event = parseResource("Event", key, value);
          if (event.ok && isDue(event.value, level, clock.now()))
            notifier.notify(lineOf(event.value, modRevision, hostNamed));
        }
      }),
    ]);
  } finally {
    stop.abort(null);
  }
}

async function deliveredBefore(kv: Kv, key: string): Promise<number> {
  const at = await kv.get(key);
  const cursor = at && parseResource("SlackCursor", key, at.value);
  return cursor?.ok ? cursor.value.deliveredUpTo : 0;
}

/** From which severity on; what the spec said last that was good. */
export function effectiveLevel({ keys, latest }: Pick<SlackNeeds, "keys" | "latest">): Severity | "off" {
  return readEffectiveSpec(keys, latest()?.kvs.values() ?? []).spec.slack.level;
}

export function isDue({ severity, at }: Pick<Event, "severity" | "at">, from: Severity | "off", now: number): boolean {
  return from !== "off" && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(from) && now - Date.parse(at) < OLD_MS;
}

/** What belongs to nothing larger is read by its topic. */
const topicThread = (topic: Event["topic"]): Line["thread"] => ({ id: `topic/${topic}`, title: topic });

function lineOf(event: Event, revision: number, hostNamed: (name: string) => Line["host"]): Line {
  const { at, topic, severity, reason, subject, text, node, thread = topicThread(topic) } = event;
  const host = node === undefined ? undefined : hostNamed(node);
  return { at: Date.parse(at), severity, thread, reason, subject, text, revision, ...(host && { host }) };
}

/** By the report, which is read anew only when it has changed. */
function hostsOf({ keys, latest }: SlackNeeds): (name: string) => Line["host"] {
  let read: { readonly value: string; readonly nodes: ClusterStatus["swarm"]["nodes"] } | undefined;
  return name => {
    const at = latest()?.kvs.get(keys.clusterStatus);
    if (at && at.value !== read?.value) {
      const status = parseResource("ClusterStatus", at.key, at.value);
      read = { value: at.value, nodes: status.ok ? status.value.swarm.nodes : [] };
    }
    const node = read?.nodes.find(one => one.name === name);
    return { name, ...(node && { is: `${node.role}, ${node.address}` }) };
  };
}

// Sends the event log to Slack while this controller leads, from the stored cursor on. It runs in the background: no
// round waits for it or fails because of it. Delivery is at least once: a leader that dies after a message, and before
// it stores the cursor, leaves that message to the next leader.

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

/** How often the notifier checks for a webhook while there is none. */
const POLL_MS = 30_000;
/** Older events are not sent: `swarmkeeper events` shows them. */
const OLD_MS = 3600_000;
const RETRY_MS = 30_000;

export interface SlackNeeds extends Pick<Context, "slack" | "etcd" | "keys" | "clock" | "random" | "log"> {
  /** The newest snapshot; undefined before the first one. */
  readonly latest: () => Snapshot | undefined;
}

/**
 * Sends events until the signal is aborted. Never rejects. Stores the cursor only after a message was sent or dropped.
 */
export async function notifySlack(deps: SlackNeeds, fencedWrite: FencedWrite, signal: AbortSignal): Promise<void> {
  const { clock, log } = deps;
  while (!signal.aborted) {
    try {
      await awaitWebhook(deps, signal);
      await follow(deps, fencedWrite, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ topic: "slack", err: error }, "the event log cannot be read for Slack; the next try is in 30 s");
      await clock.sleep(RETRY_MS, signal).catch(() => {}); // only when aborted
    }
  }
}

/** A notifier for Slack that logs its problems in this controller's log. */
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
  const nodeNamed = nodesOf(deps);
  try {
    await Promise.race([
      notifier.run(until),
      tail(kv, keys.events.root, saved, { clock, random, signal: until }, kvs => {
        const level = effectiveLevel(deps);
        for (const { key, value, modRevision } of kvs) {
          const event = parseResource("Event", key, value);
          if (event.ok && isDue(event.value, level, clock.now()))
            notifier.notify(lineOf(event.value, modRevision, nodeNamed));
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

/** The effective value of `spec/slack/level`. */
export function effectiveLevel({ keys, latest }: Pick<SlackNeeds, "keys" | "latest">): Severity | "off" {
  return readEffectiveSpec(keys, latest()?.kvs.values() ?? []).spec.slack.level;
}

/** Whether an event is severe enough for `from`, and recent enough. `now`: milliseconds since 1970. */
export function isDue({ severity, at }: Pick<Event, "severity" | "at">, from: Severity | "off", now: number): boolean {
  return from !== "off" && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(from) && now - Date.parse(at) < OLD_MS;
}

/** The thread of an event without its own thread. */
const topicThread = (topic: Event["topic"]): Line["thread"] => ({ id: `topic/${topic}`, title: topic });

function lineOf(event: Event, revision: number, nodeNamed: (name: string) => Line["node"]): Line {
  const { at, topic, severity, reason, subject, text, thread = topicThread(topic) } = event;
  const node = event.node === undefined ? undefined : nodeNamed(event.node);
  return { at: Date.parse(at), severity, thread, reason, subject, text, revision, ...(node && { node }) };
}

/** Describes a node by the cluster status, which is parsed again only when it has changed. */
function nodesOf({ keys, latest }: SlackNeeds): (name: string) => Line["node"] {
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

// Events: changes, rejected settings and failures, each recorded in the transaction that makes it true.
import { z } from "zod";
import { machineId, SEVERITIES, TOPICS } from "./condition.ts";
import { camelCase, type MachineIds } from "./shapes.ts";

/** `PREFIX-events/TIME-…`, written once by the leader or an agent, with a time to live. */
export const Event = z.object({
  /** RFC 3339 in UTC. */
  at: z.iso.datetime(),
  topic: z.enum(TOPICS),
  /** `alarm`: an operator must act. */
  severity: z.enum(SEVERITIES),
  /** What happened, for programs: `ManagerUnreachable`. */
  reason: camelCase,
  /**
   * What distinguishes it from other events of the same reason, such as ids. Programs compare it and never parse it.
   */
  subject: z.string().optional(),
  text: z.string(),
  /** Name of the node that it is about, if it is about one. */
  node: z.string().optional(),
  /** Id of the operation that it belongs to, if it belongs to one. */
  operation: z.string().optional(),
  /** Groups events of one operation, unreachable manager, rollout or condition. `title` is the heading of the group. */
  thread: z.object({ id: z.string(), title: z.string() }).optional(),
  /** Name of the node whose controller or agent wrote it. */
  by: z.string(),
});
export type Event = z.infer<typeof Event>;
export type Severity = Event["severity"];

/** An event before it is recorded. The recorder adds the time and the writer. */
export type NewEvent = Omit<Event, "at" | "by">;

/** A new event. `subject`: the ids of what it happened to. `node`: the name of the node that it is about. */
export const eventOf = (
  topic: NewEvent["topic"],
  severity: NewEvent["severity"],
  reason: string,
  subject: string,
  text: string,
  node?: string,
): NewEvent => ({ topic, severity, reason, subject, text, ...(node !== undefined && { node }) });

type Thread = NonNullable<Event["thread"]>;

/** The events of one rollout, including the condition that it has halted. */
export const rolloutThread = (revision: number): Thread => ({
  id: `rollout/revision-${revision}`,
  title: `rollout of revision ${revision}`,
});

/** The events about an unreachable manager, including its replacement. */
export const unreachableThread = (machine: MachineIds & { readonly name: string }): Thread => ({
  id: `unreachable/${machineId(machine)}`,
  title: `manager ${machine.name} is unreachable`,
});

/** Equal for two events that report the same again. Does not depend on the text. */
export const eventIdentity = ({ severity, reason, subject }: Pick<Event, "severity" | "reason" | "subject">): string =>
  JSON.stringify([severity, reason, subject]);

/**
 * `PREFIX-slack-cursor`, written by the leader: how far events are delivered to Slack. The next leader continues
 * there.
 */
export const SlackCursor = z.object({
  /** The mod revision up to which Slack has received all events. */
  deliveredUpTo: z.int().nonnegative(),
});
export type SlackCursor = z.infer<typeof SlackCursor>;

// One line of the story that a cluster leaves: what was done, what was refused, who was missed and who came back.
import { z } from "zod";
import { machineId, SEVERITIES, TOPICS } from "./condition.ts";
import { camelCase, type MachineIds } from "./shapes.ts";

/** `PREFIX-events/TIME-…`, by the leader or an agent, with a time to live: what happened, once each time that it happens. */
export const Event = z.object({
  /** RFC 3339 in UTC. */
  at: z.iso.datetime(),
  topic: z.enum(TOPICS),
  /** `alarm`: somebody should look. */
  severity: z.enum(SEVERITIES),
  /** What happened, in one word for programs: `ManagerUnreachable`. */
  reason: camelCase,
  /** Ids of what it happened to, with whatever else tells it from another event of the same reason. Compared, never parsed. */
  subject: z.string().optional(),
  text: z.string(),
  /** Name of the host that it is about, if it is about one. */
  node: z.string().optional(),
  /** Id of the operation that it belongs to, if it belongs to one. */
  operation: z.string().optional(),
  /** What it is read together with: an operation, an unreachable manager, a rollout, a condition. `title` is its heading. */
  thread: z.object({ id: z.string(), title: z.string() }).optional(),
  /** Name of the host whose controller, or agent, wrote it. */
  by: z.string(),
});
export type Event = z.infer<typeof Event>;
export type Severity = Event["severity"];

/** An event as the one says it who knows what happened: without when and by whom it is written. */
export type NewEvent = Omit<Event, "at" | "by">;

type Thread = NonNullable<Event["thread"]>;

/** All of one rollout of units is read together, with the condition that it has halted. */
export const rolloutThread = (revision: number): Thread => ({
  id: `rollout/revision-${revision}`,
  title: `rollout of revision ${revision}`,
});

/** That a manager is unreachable, and that another node takes its place, is read together. */
export const unreachableThread = (machine: MachineIds & { readonly name: string }): Thread => ({
  id: `unreachable/${machineId(machine)}`,
  title: `manager ${machine.name} is missed`,
});

/** What a program compares where it must know whether two events are the same thing again: never the text. */
export const eventIdentity = ({ severity, reason, subject }: Pick<Event, "severity" | "reason" | "subject">): string =>
  JSON.stringify([severity, reason, subject]);

/** `PREFIX-slack-cursor`, by the leader: how far events are delivered to Slack, so that the next leader continues there. */
export const SlackCursor = z.object({
  /** etcd's mod revision: Slack has received all events up to it. */
  deliveredUpTo: z.int().nonnegative(),
});
export type SlackCursor = z.infer<typeof SlackCursor>;

// One line of the story that a cluster leaves: what was done, what was refused, who was missed and who came back.
import { z } from "zod";

/** `PREFIX-events/TIME-…`, by the leader or an agent, with a time to live: what happened, once each time that it happens. */
export const Event = z.object({
  /** RFC 3339 in UTC. */
  at: z.iso.datetime(),
  about: z.enum(["spec", "managers", "remediation", "etcd", "swarm", "host", "units", "vault", "controller"]),
  /** `alarm`: somebody should look. */
  level: z.enum(["info", "warning", "alarm"]),
  text: z.string(),
  /** Name of the host that it is about, if it is about one. */
  node: z.string().optional(),
  /** What it is a part of, in words that stay the same from its beginning to its end: "making h4 a manager". */
  of: z.string().optional(),
  /** Name of the host whose controller, or agent, wrote it. */
  by: z.string(),
});
export type Event = z.infer<typeof Event>;

/** An event as the one says it who knows what happened: without when and by whom it is written. */
export type News = Pick<Event, "about" | "level" | "text" | "node" | "of">;

/** `PREFIX-told`, by the leader: how far the story has been said to Slack, so that the next leader goes on from there. */
export const Told = z.object({
  /** Of etcd: events written at it or before are not said again. */
  revision: z.int().nonnegative(),
});
export type Told = z.infer<typeof Told>;

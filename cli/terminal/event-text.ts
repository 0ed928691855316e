// One event on one line: `23:14:41  etcd         promoting h4 to etcd voter`, in local time.
import type { Event } from "../../crd-like-specs/resources/event.ts";
import type { Paint } from "./paint.ts";
import { localMoment } from "./time.ts";

const TOPIC_WIDTH = 11;

/** `now` in milliseconds since 1970: an event of another day shows its date. */
export function eventText({ at, topic, severity, text }: Event, now: number, paint: Paint): string {
  const line = `${topic.padEnd(TOPIC_WIDTH)}  ${text}`;
  const toned = severity === "alarm" ? paint("bad", line) : severity === "warning" ? paint("busy", line) : line;
  return `${paint("faint", localMoment(at, now))}  ${toned}`;
}

// One event on one line: `23:14:41  etcd         promoting h4 to etcd voter`, in the time of the reader's clock.
import type { Event } from "../../crd-like-specs/resources/event.ts";
import type { Paint } from "./paint.ts";
import { localMoment } from "./time.ts";

const ABOUT_WIDTH = 11;

export function eventText({ at, topic, severity, text }: Event, now: number, paint: Paint): string {
  const line = `${topic.padEnd(ABOUT_WIDTH)}  ${text}`;
  const toned = severity === "alarm" ? paint("bad", line) : severity === "warning" ? paint("busy", line) : line;
  return `${paint("faint", localMoment(at, now))}  ${toned}`;
}

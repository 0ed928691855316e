// What the story says of an operation and of each of its steps, in the words of plan and log.
import type { News } from "../../crd-like-specs/event.ts";
import type { Operation } from "../../crd-like-specs/resources.ts";
import type { Action } from "./actions.ts";
import { describe } from "./describe.ts";

type OperationAction = Extract<Action, { type: "record-operation" | "end-operation" }>;

/** Its beginning, its turning back, or its end; `now` in milliseconds since 1970. */
export function operationNews(action: OperationAction, now: number): News {
  const { operation } = action;
  const news = { about: aboutOf(operation), node: operation.name, of: storyOf(operation) };
  if (action.type === "record-operation")
    return operation.undo
      ? { ...news, level: "warning", text: operation.step }
      : { ...news, level: "info", text: describe(action) };
  const spent = now - Date.parse(operation.startedAt);
  if (action.outcome === "done") return { ...news, level: "info", text: `${describe(action)} (${time(spent)})` };
  const limit = Date.parse(operation.deadline) - Date.parse(operation.startedAt);
  const why = operation.undo || spent > limit ? `: it was not done within ${time(limit)}` : "";
  return { ...news, level: "warning", text: `${describe(action)}${why}` };
}

/** A step that is about to be taken; most are part of an operation. */
export const stepNews = (
  about: "etcd" | "swarm",
  text: string,
  node: string,
  operation: Operation | undefined,
): News => ({
  about,
  level: "info",
  text,
  node,
  ...(operation && { of: storyOf(operation) }),
});

/** That a manager stays away, and that another takes its place, is one story. */
export const missedStory = (name: string): string => `manager ${name} is missed`;

function storyOf({ kind, name, replaces }: Operation): string {
  if (replaces) return missedStory(replaces.name);
  return `making ${name} a ${kind === "promote" ? "manager" : "worker"}`;
}

const aboutOf = ({ replaces }: Operation): News["about"] => (replaces === undefined ? "managers" : "remediation");

/** `2.3 s`, `41 s`, `5 m`. */
function time(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} m`;
}

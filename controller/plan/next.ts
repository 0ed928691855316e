// How a procedure answers "what now?": act, wait for somebody, or be done. One step a round.
import type { PlanStep, Waiting } from "../../crd-like-specs/resources.ts";
import type { Action } from "./actions.ts";

export type Next =
  | { readonly kind: "act"; readonly action: Action }
  | {
      readonly kind: "wait";
      readonly waiting: Waiting;
      /** Where nothing will tell: look again after so many milliseconds. */
      readonly lookAgainMs?: number;
    }
  | { readonly kind: "done" };

export const act = (action: Action): Next => ({ kind: "act", action });
export const waitFor = (what: string, why: string, lookAgainMs?: number): Next => ({
  kind: "wait",
  waiting: { what, why },
  ...(lookAgainMs === undefined ? {} : { lookAgainMs }),
});
export const done: Next = { kind: "done" };

export const step = (node: string, system: PlanStep["system"], text: string, why?: string): PlanStep => ({
  node,
  system,
  text,
  ...(why === undefined ? {} : { why }),
});

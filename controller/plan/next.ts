// The next step of a procedure: act, wait or done. One step a round.
import type { PlanStep } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

export interface Waits {
  readonly kind: "wait";
  readonly waiting: Waiting;
  /** Where no change will start a round: run one after so many milliseconds. */
  readonly requeueAfterMs?: number;
}

export type Next = { readonly kind: "act"; readonly action: Action } | Waits | { readonly kind: "done" };

/** Take this action in this round. */
export const act = (action: Action): Next => ({ kind: "act", action });
/** `what`: what the wait is for; `reason`: CamelCase, for programs; `why`: human-readable. */
export const waitFor = (what: string, reason: string, why: string, requeueAfterMs?: number): Waits => ({
  kind: "wait",
  waiting: { what, reason, why },
  ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
});
export const done: Next = { kind: "done" };

/** The next step would cost a raft its quorum, or the raft has none. */
export const fewManagers = ({ rafts: { swarm } }: World): Waits =>
  waitFor("swarm", "TooFewManagers", `only ${swarm.healthy} of ${swarm.voters} managers are reachable`);
export const fewVoters = ({ rafts: { etcd } }: World): Waits =>
  waitFor("etcd", "TooFewVoters", `only ${etcd.healthy} of ${etcd.voters} voters are healthy`);

/** The soonest of these times or delays; undefined if there is none. */
export function soonest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** A step of the report. `why`: human-readable, where it is not evident. */
export const step = (node: string, system: PlanStep["system"], text: string, why?: string): PlanStep => ({
  node,
  system,
  text,
  ...(why === undefined ? {} : { why }),
});

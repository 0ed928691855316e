// How a procedure answers "what now?": act, wait for somebody, or be done. One step a round.
import type { PlanStep } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

export interface Waits {
  readonly kind: "wait";
  readonly waiting: Waiting;
  /** Where nothing will tell: look again after so many milliseconds. */
  readonly requeueAfterMs?: number;
}

export type Next = { readonly kind: "act"; readonly action: Action } | Waits | { readonly kind: "done" };

export const act = (action: Action): Next => ({ kind: "act", action });
export const waitFor = (what: string, reason: string, why: string, requeueAfterMs?: number): Waits => ({
  kind: "wait",
  waiting: { what, reason, why },
  ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
});
export const done: Next = { kind: "done" };

/** A step would cost a raft its quorum, or has none to stand on. */
export const fewManagers = ({ rafts: { swarm } }: World): Waits =>
  waitFor("swarm", "TooFewManagers", `only ${swarm.healthy} of ${swarm.voters} managers are reachable`);
export const fewVoters = ({ rafts: { etcd } }: World): Waits =>
  waitFor("etcd", "TooFewVoters", `only ${etcd.healthy} of ${etcd.voters} voters are healthy`);

export const step = (node: string, system: PlanStep["system"], text: string, why?: string): PlanStep => ({
  node,
  system,
  text,
  ...(why === undefined ? {} : { why }),
});

// Rounds that do the same again and again to no effect must not spin: the next ones wait, and longer each time.
import { backoffMs } from "../../drivers/clock/backoff.ts";
import type { Action } from "../plan/actions.ts";
import type { Memory } from "./memory.ts";

const PATIENT_REPEATS = 3;
const FIRST_PAUSE_MS = 400;
const MOST_PAUSE_MS = 5_000;

/** Keeps count of rounds that did just what the round before did. */
export function countRepeats(done: readonly Action[], memory: Memory): void {
  const now = JSON.stringify(done.map(identity));
  memory.repeats = done.length > 0 && now === memory.lastDone ? memory.repeats + 1 : 0;
  memory.lastDone = now;
}

/** How long to wait before a round, in milliseconds: not at all, unless the last ones did one thing to no effect. */
export function pauseBefore({ repeats }: Pick<Memory, "repeats">, random: () => number): number {
  if (repeats < PATIENT_REPEATS) return 0;
  return backoffMs(repeats - PATIENT_REPEATS + 1, { firstMs: FIRST_PAUSE_MS, mostMs: MOST_PAUSE_MS, random });
}

/** What is done to what, without times and generations, which are new in each round. */
function identity(action: Action): readonly unknown[] {
  const { type } = action;
  switch (type) {
    case "record-operation":
      return [type, action.operation.id, action.operation.undo];
    case "end-operation":
      return [type, action.operation.id, action.outcome];
    case "write-assignment":
      return [type, action.node, action.assignment.role, action.assignment.etcd.mode];
    case "write-rollout": {
      const { revision, target, proven, inFlight, failed } = action.rollout;
      return [type, revision, target, proven, inFlight.length, failed.length];
    }
    case "write-swarm-record":
      return [type, action.record];
    case "write-worker-token":
      return [type];
    case "write-shunned":
      return [type, action.shunned.addresses];
    case "etcd-add-learner":
      return [type, action.peerUrl];
    case "etcd-promote":
    case "etcd-remove":
      return [type, action.member];
    case "etcd-move-leader":
      return [type, action.from];
    case "swarm-promote":
    case "swarm-demote":
    case "swarm-remove-node":
      return [type, action.swarmNode];
    case "swarm-set-drained":
      return [type, action.swarmNode, action.drained];
    case "resign":
      return [type];
  }
}

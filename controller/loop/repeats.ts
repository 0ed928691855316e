// Rounds that do the same again and again to no effect must not spin: the next ones wait, and longer each time.
import type { Action } from "../plan/actions.ts";
import type { Memory } from "./memory.ts";

const PATIENT_REPEATS = 3;
const MOST_PAUSE_MS = 5000;

/** Keeps count of rounds that did just what the round before did. */
export function countRepeats(done: readonly Action[], memory: Memory): void {
  const now = JSON.stringify(done.map(identity));
  memory.repeats = done.length > 0 && now === memory.lastDone ? memory.repeats + 1 : 0;
  memory.lastDone = now;
}

/** How long to wait before a round, in milliseconds: not at all, unless the last ones did one thing to no effect. */
export const pauseBefore = ({ repeats }: Pick<Memory, "repeats">): number =>
  repeats < PATIENT_REPEATS ? 0 : Math.min(MOST_PAUSE_MS, 50 * 2 ** repeats);

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

// One table from action to driver calls, records aside (records.ts). An action that is not in it does not compile.
import type { Operation } from "../../crd-like-specs/resources/resources.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import { EtcdError } from "../../drivers/etcd/port.ts";
import { needed } from "../../quorum/arithmetic.ts";
import { probeMember } from "../../quorum/probe.ts";
import { drainEvent, operationEvent, type StepAction, stepEvent } from "../events/operation.ts";
import { stepOf } from "../plan/action-id.ts";
import type { Action } from "../plan/actions.ts";
import type { EffectDeps } from "./deps.ts";
import { recordEvents } from "./record-events.ts";
import type { RecordAction } from "./records.ts";

/** `again`: the world was not ready for it; look again after so many milliseconds. */
export type Outcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "again";
      /** One word for programs, and a sentence for people. */
      readonly reason: string;
      readonly why: string;
      readonly requeueAfterMs: number;
    };

const done: Outcome = { kind: "done" };
const requeue = (reason: string, why: string, requeueAfterMs: number): Outcome => ({
  kind: "again",
  reason,
  why,
  requeueAfterMs,
});

/**
 * Runs one action. Before anything that changes who votes, the step is journalled under the fence: that proves by a
 * quorum that this controller still leads, and tells the next leader where it stood. `operation` is the one in flight.
 */
export async function execute(
  action: Exclude<Action, RecordAction>,
  operation: Operation | undefined,
  deps: EffectDeps,
): Promise<Outcome> {
  const { fencedWrite, keys, membership, docker, clock } = deps;
  switch (action.type) {
    case "record-operation":
      await recordEvents(
        deps,
        [operationEvent(action, clock.now())],
        [{ put: keys.operation, value: JSON.stringify(action.operation) }],
      );
      return done;
    case "end-operation":
      await recordEvents(
        deps,
        [operationEvent(action, clock.now())],
        [
          { delete: keys.operation },
          ...(action.remediation ? [{ put: keys.remediation, value: JSON.stringify(action.remediation) }] : []),
        ],
      );
      return done;
    case "write-swarm-record":
      await fencedWrite([{ put: keys.swarm, value: JSON.stringify(action.record) }]);
      return done;
    case "write-worker-token":
      await fencedWrite([{ put: keys.workerToken, value: action.token }]);
      return done;
    case "write-blocked-managers":
      await fencedWrite([
        action.blocked.addresses.length === 0
          ? { delete: keys.blocked }
          : { put: keys.blocked, value: JSON.stringify(action.blocked) },
      ]);
      return done;
    case "etcd-add-learner":
      return addLearner(action, deps);
    case "etcd-promote":
      await journal(deps, operation, action);
      return retryable(() => membership.promote(action.member), {
        "learner-not-ready": 100,
        "unhealthy-cluster": 1000,
      });
    case "etcd-remove":
      return removeMember(action, operation, deps);
    case "etcd-move-leader":
      await journal(deps, operation, action);
      return retryable(() => membership.moveLeader(action.fromEndpoint, action.to), { "not-leader": 100 });
    case "swarm-promote":
      await journal(deps, operation, action);
      return retryable(() => docker.setRole(action.swarmNode, "manager"), {});
    case "swarm-demote":
      return demote(action, operation, deps);
    case "swarm-remove-node":
      await recordEvents(deps, [stepEvent(action, operation)], []);
      return retryable(() => docker.removeNode(action.swarmNode, { force: action.force }), {
        "not-found": 0,
        "not-down": 5000,
      });
    case "swarm-set-drained":
      await recordEvents(deps, [drainEvent(action)], []);
      return retryable(() => docker.setDrained(action.swarmNode, action.drained), { "not-found": 0 });
    case "resign":
      // Carried out by the loop, which holds the term.
      return done;
  }
}

/**
 * Writes the step into the operation, and into the story: one record of each change of who votes. Where it stands there
 * already it has been told, and only the fence is proven.
 */
async function journal(deps: EffectDeps, operation: Operation | undefined, action: StepAction): Promise<void> {
  const step = stepOf(action);
  if (operation === undefined || operation.step.id === step.id) await deps.fencedWrite([]);
  else
    await recordEvents(
      deps,
      [stepEvent(action, operation)],
      [{ put: deps.keys.operation, value: JSON.stringify({ ...operation, step }) }],
    );
}

async function addLearner(action: Extract<Action, { type: "etcd-add-learner" }>, deps: EffectDeps): Promise<Outcome> {
  const { members } = await deps.membership.list();
  const present = members.find(member => member.peerUrls.includes(action.peerUrl));
  if (!present) await journal(deps, action.operation, action);
  return retryable(
    async () => {
      const member = present ?? (await deps.membership.addLearner(action.peerUrl));
      await deps.fencedWrite([
        {
          put: deps.keys.operation,
          value: JSON.stringify({ ...action.operation, step: stepOf(action), member: member.id }),
        },
      ]);
    },
    { "unhealthy-cluster": 100, "too-many-learners": 1000, "member-exists": 200 },
  );
}

/** What is dead has been asked in this round already; this is for one that has come back since. */
const RECHECK_MS = 250;

/** Re-reads membership right before: somebody's etcdctl may have been here since the plan was made. */
async function removeMember(
  action: Extract<Action, { type: "etcd-remove" }>,
  operation: Operation | undefined,
  deps: EffectDeps,
): Promise<Outcome> {
  const { members } = await deps.membership.list();
  const voters = members.filter(member => !member.learner);
  const target = members.find(member => member.id === action.member);
  if (!target) return done;
  const dead = operation?.replaces?.member === target.id;
  if (dead && (await probeMember(deps, target, RECHECK_MS)))
    return requeue("AnswersAgain", `${action.name} answers again`, 1000);
  if (!target.learner && voters.length === 1)
    return requeue("LastVoter", `${action.name} is the last etcd voter`, 10_000);
  await journal(deps, operation, action);
  return retryable(() => deps.membership.remove(action.member), { "member-not-found": 0, "unhealthy-cluster": 1000 });
}

/** Re-reads the swarm right before: leadership and reachability may have moved since the plan was made. */
async function demote(
  action: Extract<Action, { type: "swarm-demote" }>,
  operation: Operation | undefined,
  deps: EffectDeps,
): Promise<Outcome> {
  const nodes = await deps.docker.nodes();
  const target = nodes.find(node => node.id === action.swarmNode);
  if (!target) return done;
  const left = nodes.filter(node => node.id !== action.swarmNode && node.manager);
  const reachable = left.filter(node => node.manager?.reachable).length;
  if (left.length === 0 || reachable < needed(left.length))
    return requeue(
      "TooFewManagers",
      `demoting ${action.name} would leave ${reachable} of ${left.length} managers reachable`,
      5000,
    );
  if (target.manager?.leader && left.length === 1)
    return requeue("LeaderOfTwo", `${action.name} leads the swarm, and only one other manager is left`, 5000);
  await journal(deps, operation, action);
  // docker takes back no promotion that has not come through: the role stays as it is, and nothing is gained by haste.
  return retryable(() => deps.docker.setRole(action.swarmNode, "worker"), { "not-in-raft": 2000 });
}

/** The same words each time, whichever server answered: what is waited for is told once. */
const EXPECTED: Readonly<Record<string, string>> = {
  "unhealthy-cluster": "etcd wants all its members connected for 5 s first",
  "learner-not-ready": "it has not caught up with the leader yet",
  "too-many-learners": "etcd takes one learner at a time",
  "not-leader": "etcd is electing a leader",
};

/**
 * A refusal that is expected on the way: 0 means that the aim is reached all the same, any other number when to look
 * again. Recoverable failures are looked at again in a second; the rest is thrown.
 */
async function retryable(call: () => Promise<void>, expected: Readonly<Record<string, number>>): Promise<Outcome> {
  try {
    await call();
    return done;
  } catch (error) {
    if (!(error instanceof EtcdError || error instanceof DockerError)) throw error;
    const requeueAfterMs = expected[error.kind];
    if (requeueAfterMs === 0) return done;
    if (requeueAfterMs !== undefined) return requeue(error.kind, EXPECTED[error.kind] ?? error.message, requeueAfterMs);
    if (error.recoverable) return requeue(error.kind, error.message, 1000);
    throw error;
  }
}

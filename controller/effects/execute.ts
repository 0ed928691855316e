// The table from actions to driver calls; records.ts has the rest. An action without an entry does not compile.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
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

/** `requeue`: the action cannot be done yet, and a round after `requeueAfterMs` tries it again. */
export type Outcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "requeue";
      /** One word for programs; `why` is the sentence for a reader. */
      readonly reason: string;
      readonly why: string;
      readonly requeueAfterMs: number;
    };

const done: Outcome = { kind: "done" };
const requeue = (reason: string, why: string, requeueAfterMs: number): Outcome => ({
  kind: "requeue",
  reason,
  why,
  requeueAfterMs,
});

/**
 * Runs one action. Before each change of the voters it writes the step to the journal under the fence: that proves
 * that this controller still leads, and shows the next leader which step was about to run. `operation` is the one in
 * progress. Rejects with an EtcdError or DockerError that is neither expected nor recoverable, and with Deposed.
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
      // The loop does this, because it holds the term.
      return done;
  }
}

/**
 * Writes the step into the operation, with its event: one record for each change of the voters. If the operation has
 * this step already, its event exists, and only the fence is checked.
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

/** A dead member has been probed in this round already. This finds one that has come back since. */
const RECHECK_MS = 250;

/**
 * Reads the membership again right before the removal: an operator may have changed it with etcdctl since the plan.
 */
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

/** Reads the swarm again right before the demotion: its leader and reachability may have changed since the plan. */
async function demote(
  action: Extract<Action, { type: "swarm-demote" }>,
  operation: Operation | undefined,
  deps: EffectDeps,
): Promise<Outcome> {
  const nodes = await deps.docker.nodes();
  const target = nodes.find(node => node.id === action.swarmNode);
  if (!target) return done;
  const others = nodes.filter(node => node.id !== action.swarmNode && node.manager);
  const reachable = others.filter(node => node.manager?.reachable).length;
  if (others.length === 0 || reachable < needed(others.length))
    return requeue(
      "TooFewManagers",
      `demoting ${action.name} would leave ${reachable} of ${others.length} managers reachable`,
      5000,
    );
  if (target.manager?.leader && others.length === 1)
    return requeue("LeaderOfTwo", `${action.name} leads the swarm, and only one other manager is left`, 5000);
  await journal(deps, operation, action);
  // Docker reverts no promotion that is still in progress: the role stays as it is, so a fast retry does not help.
  return retryable(() => deps.docker.setRole(action.swarmNode, "worker"), { "not-in-raft": 2000 });
}

/** One sentence for each expected error, the same for every server. */
const EXPECTED: Readonly<Record<string, string>> = {
  "unhealthy-cluster": "etcd requires that all its members have been connected for 5 s",
  "learner-not-ready": "the learner has not caught up with the etcd leader yet",
  "too-many-learners": "etcd accepts one learner at a time",
  "not-leader": "etcd is electing a leader",
};

/**
 * Runs a call whose errors may be `expected`, by kind. With 0 the goal is reached despite the error; another number is
 * the time until the next try. A recoverable error is retried after a second. Any other error is thrown.
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

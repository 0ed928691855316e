// The rejections of a real engine, word for word, so that the fake's errors pass through the same translation as the
// engine's.
import { dockerError } from "../../../drivers/docker/errors.ts";
import type { DockerError } from "../../../drivers/docker/port.ts";

const alreadyInSwarm =
  'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.';
const noSwarm =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
const onlyWorker =
  "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.";
const onlyManager =
  "You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ";
const suppress =
  "The only way to restore a swarm that has lost consensus is to reinitialize it with `--force-new-cluster`. Use `--force` to suppress this message.";
const participating = "You are attempting to leave the swarm on a node that is participating as a manager. ";
export const noLeader =
  "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.";

const precondition = (text: string) => ({
  statusCode: 400,
  text: `rpc error: code = FailedPrecondition desc = ${text}`,
});

/** The status and the text of one rejection. */
export interface Rejection {
  readonly statusCode: number;
  readonly text: string;
}

export const rejections = {
  alreadyInSwarm: { statusCode: 503, text: alreadyInSwarm },
  notInSwarm: { statusCode: 503, text: "This node is not part of a swarm" },
  noSwarm: { statusCode: 503, text: noSwarm },
  onlyWorker: { statusCode: 503, text: onlyWorker },
  noLeader: { statusCode: 503, text: noLeader },
  leaderLost: {
    statusCode: 500,
    text: "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
  },
  leaderSilent: { statusCode: 500, text: "rpc error: code = DeadlineExceeded desc = context deadline exceeded" },
  lastManagerLeaves: { statusCode: 503, text: onlyManager },
  leaveLosesQuorum: (left: number, of: number): Rejection => ({
    statusCode: 503,
    text: `${participating}Removing this node leaves ${left} managers out of ${of}. Without a Raft quorum your swarm will be inaccessible. ${suppress}`,
  }),
  managerLeaves: { statusCode: 503, text: `${participating}${suppress}` },
  invalidToken: { statusCode: 500, text: "invalid join token" },
  otherSwarmsToken: { statusCode: 500, text: "remote CA does not match fingerprint. Expected: another swarm's" },
  joinContinues: {
    statusCode: 503,
    text: 'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.',
  },
  nodeNotFound: (id: string): Rejection => ({ statusCode: 404, text: `node ${id} not found` }),
  lastManagerDemoted: precondition("attempting to demote the last manager of the swarm"),
  notInMemberlist: {
    statusCode: 404,
    text: "rpc error: code = NotFound desc = can't find manager in raft memberlist",
  },
  losesQuorum: precondition("can't remove member from the raft: this would result in a loss of quorum"),
  stillManager: (id: string): Rejection =>
    precondition(
      `node ${id} is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal`,
    ),
  notDown: (id: string): Rejection => precondition(`node ${id} is not down and can't be removed`),
} as const;

/** The error for a rejected call. `attempt` is what was tried, in the infinitive: "read the nodes". */
export function rejected(attempt: string, { statusCode, text }: Rejection): DockerError {
  return dockerError(attempt, Object.assign(new Error(text), { statusCode, json: { message: text } }));
}

/** The error for a call to an engine that does not run. */
export function noEngine(attempt: string, name: string): DockerError {
  return dockerError(attempt, Object.assign(new Error(`engine ${name} is not running`), { code: "ECONNREFUSED" }));
}

// How long a swarm's own processes take, all in milliseconds.

export interface SwarmTimings {
  /** An init, or a join that succeeds. */
  readonly joinMs: number;
  /** Until a join gives up that reaches none of its remotes. */
  readonly joinRejectedMs: number;
  /** A join that has not succeeded by then continues in the background. */
  readonly joinPatienceMs: number;
  readonly leaveMs: number;
  /** From the desired role to membership in the raft. */
  readonly promoteMs: number;
  /** The same for a node that was demoted less than `flapWindowMs` ago. */
  readonly promoteAfterDemotionMs: number;
  readonly flapWindowMs: number;
  /** For this time after the loss of a leader no promotion succeeds, because new managers still dial its address. */
  readonly leaderLossEchoMs: number;
  /** From the desired role until the raft has removed the member. */
  readonly demoteMs: number;
  /** From the drain of a node until its tasks have ended (chosen: a service may need any time to stop). */
  readonly drainMs: number;
  /** Until a raft member that does not answer is reported as unreachable. */
  readonly unreachableMs: number;
  /** Until a raft member that answers again is reported as reachable. */
  readonly reachableMs: number;
  /** Until a node that does not answer is reported as down. */
  readonly downMs: number;
  /** The same for a node whose state a new leader does not know yet. */
  readonly downFromUnknownMs: number;
  /** Until a node that answers is reported as ready. */
  readonly readyMs: number;
  /** The same under a leader that was elected after the loss of the previous one. */
  readonly readyAfterElectionMs: number;
  /** The same under a leader to which the previous one transferred the leadership. */
  readonly readyAfterHandoverMs: number;
  /** Until a leader without its quorum steps down, and until followers no longer wait for a lost leader. */
  readonly leaderUnreachableMs: number;
  /** From then until a new leader is elected, if a majority is connected. */
  readonly electionMs: number;
  /** For this time a manager lets calls wait for a leader. After it, the manager rejects them immediately. */
  readonly leaderlessPatienceMs: number;
  /** Until a call gives up waiting for a leader. */
  readonly callPatienceMs: number;
}

/** Measured with docker 26.1.5 on real hosts, except `drainMs`. */
export const measuredTimings: SwarmTimings = {
  joinMs: 500,
  joinRejectedMs: 10_000,
  joinPatienceMs: 20_000,
  leaveMs: 300,
  promoteMs: 860,
  promoteAfterDemotionMs: 29_000,
  flapWindowMs: 4_000,
  leaderLossEchoMs: 32_000,
  demoteMs: 200,
  drainMs: 3_000,
  unreachableMs: 2_000,
  reachableMs: 1_000,
  downMs: 10_000,
  downFromUnknownMs: 27_500,
  readyMs: 3_500,
  readyAfterElectionMs: 4_000,
  readyAfterHandoverMs: 130,
  leaderUnreachableMs: 10_000,
  electionMs: 5_000,
  leaderlessPatienceMs: 10_000,
  callPatienceMs: 15_000,
};

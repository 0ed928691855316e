// How long the things take that a swarm does by itself. All in milliseconds.

export interface SwarmTimings {
  /** init, and a join that succeeds. */
  readonly joinMs: number;
  /** A join that reaches none of the managers named gives up. */
  readonly joinRejectedMs: number;
  /** A join that is not through by then goes on in the background. */
  readonly joinPatienceMs: number;
  readonly leaveMs: number;
  /** From the wanted role to membership in the raft. */
  readonly promoteMs: number;
  /** The same for a node that was demoted less than `flapWindowMs` ago. */
  readonly promoteAfterDemotionMs: number;
  readonly flapWindowMs: number;
  /** So long after a leader was missed no promotion comes through: newcomers still dial its address. */
  readonly leaderLossEchoMs: number;
  /** From the wanted role until the raft has let go. */
  readonly demoteMs: number;
  /** From when a node is drained until its tasks have ended (ours: a service's grace to stop is anything). */
  readonly drainMs: number;
  /** A raft member that does not answer is told as unreachable. */
  readonly unreachableMs: number;
  /** A raft member that answers again is told as reachable. */
  readonly reachableMs: number;
  /** A node that does not answer is told as down. */
  readonly downMs: number;
  /** The same for a node whose state a new leader does not know yet. */
  readonly downFromUnknownMs: number;
  /** A node that is there is told as ready. */
  readonly readyMs: number;
  /** The same under a leader that was elected because the last one was missed. */
  readonly readyAfterElectionMs: number;
  /** The same under a leader to which the last one handed over. */
  readonly readyAfterHandoverMs: number;
  /** Without its quorum a leader steps down, without their leader followers stop to wait for it, after this. */
  readonly leaderUnreachableMs: number;
  /** From then until a new leader is elected, where a majority is together. */
  readonly electionMs: number;
  /** A manager without a leader lets calls wait for one during this time, and refuses them at once later. */
  readonly leaderlessPatienceMs: number;
  /** A call that waits for a leader is given up. */
  readonly callPatienceMs: number;
}

/** As measured with docker 26.1.5 on real hosts. */
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

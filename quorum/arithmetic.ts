// Quorum arithmetic, the same for both rafts (etcd and swarm): how many voters there are, how many answer,
// and what would be left after one change.

export interface Raft {
  readonly voters: number;
  /** Voters that are known to answer; unknown is not healthy. */
  readonly healthy: number;
}

/** Votes needed to commit: more than half of all voters, dead ones included. */
export const needed = (voters: number): number => Math.floor(voters / 2) + 1;

export const hasQuorum = (raft: Raft): boolean => raft.voters > 0 && raft.healthy >= needed(raft.voters);

/** How many more healthy voters may fail before the quorum is lost; negative when it is lost already. */
export const canLose = (raft: Raft): number => raft.healthy - needed(raft.voters);

/** The raft once one voter has been taken out in good order. */
export const afterRemoving = (raft: Raft, voterIsHealthy: boolean): Raft => ({
  voters: raft.voters - 1,
  healthy: raft.healthy - (voterIsHealthy ? 1 : 0),
});

/** The raft once one voter was added; a newcomer that has not proven itself counts as dead. */
export const afterAdding = (raft: Raft, newcomerIsHealthy: boolean): Raft => ({
  voters: raft.voters + 1,
  healthy: raft.healthy + (newcomerIsHealthy ? 1 : 0),
});

/**
 * May a voter be added? The quorum must survive the newcomer's failing at once. A lone voter is the one exception:
 * from 1 to 2 there is no way that does not need both, and no redundancy that could be lost by it.
 */
export const mayAdd = (raft: Raft, newcomerIsHealthy: boolean): boolean =>
  hasQuorum(raft) && (raft.voters === 1 || hasQuorum(afterAdding(raft, newcomerIsHealthy)));

/** May this voter be removed? Somebody must be left, and those left must have a quorum, before and after. */
export const mayRemove = (raft: Raft, voterIsHealthy: boolean): boolean =>
  raft.voters > 1 && hasQuorum(raft) && hasQuorum(afterRemoving(raft, voterIsHealthy));

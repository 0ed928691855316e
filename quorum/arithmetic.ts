// Quorum arithmetic of both rafts, etcd and the swarm: the number of voters, the number of healthy ones, and what one
// change leaves of them.

export interface Raft {
  readonly voters: number;
  /** Voters that are known to answer. An unknown one does not count. */
  readonly healthy: number;
}

/** The number of votes that a write needs: more than half of all voters, including dead ones. */
export const needed = (voters: number): number => Math.floor(voters / 2) + 1;

/** Whether enough voters are healthy for a write. */
export const hasQuorum = (raft: Raft): boolean => raft.voters > 0 && raft.healthy >= needed(raft.voters);

/** How many more healthy voters may fail before the quorum is lost; negative if it is lost already. */
export const canLose = (raft: Raft): number => raft.healthy - needed(raft.voters);

/** The raft after the removal of one voter. */
export const afterRemoving = (raft: Raft, voterIsHealthy: boolean): Raft => ({
  voters: raft.voters - 1,
  healthy: raft.healthy - (voterIsHealthy ? 1 : 0),
});

/** The raft after the addition of one voter, which counts as dead until it has answered. */
export const afterAdding = (raft: Raft, newVoterIsHealthy: boolean): Raft => ({
  voters: raft.voters + 1,
  healthy: raft.healthy + (newVoterIsHealthy ? 1 : 0),
});

/**
 * Whether a voter may be added: the quorum must survive the immediate failure of the new voter. A single voter is the
 * exception: two voters always need both, and one voter has no redundancy to lose.
 */
export const mayAdd = (raft: Raft, newVoterIsHealthy: boolean): boolean =>
  hasQuorum(raft) && (raft.voters === 1 || hasQuorum(afterAdding(raft, newVoterIsHealthy)));

/** Whether this voter may be removed: another must remain, and there must be a quorum before and after. */
export const mayRemove = (raft: Raft, voterIsHealthy: boolean): boolean =>
  raft.voters > 1 && hasQuorum(raft) && hasQuorum(afterRemoving(raft, voterIsHealthy));

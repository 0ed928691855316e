// The kinds of faults and operator actions that many walks must contain. A fault that never happens tests nothing.

export const KINDS = [
  "power lost",
  "power lost of the leading controller",
  "power lost of etcd's leader",
  "power lost of the swarm's leader",
  "power lost in mid-operation",
  "power back",
  "lost permanently",
  "dead manager replaced",
  "agent crash",
  "agent crash before a write",
  "agent crash after a write",
  "controller crash before a write",
  "controller crash after a write",
  "controller stopped",
  "controller stopped in mid-reconcile",
  "woke without its lease",
  "docker killed",
  "docker started again",
  "docker silent",
  "wall clock an hour ahead",
  "wall clock an hour behind",
  "node isolated",
  "leader isolated",
  "partition",
  "swarm port cut",
  "swarm port cut one way",
  "etcd port cut",
  "etcd's leader killed",
  "etcd member killed",
  "etcd quorum lost",
  "both rafts down, agent alive",
  "back and unreachable again, unobserved",
  "answer of a write lost",
  "streams broken",
  "compacted while disconnected",
  "managers changed",
  "invalid managers",
  "paused",
  "resumed",
  "node eligible false",
  "node eligible true",
  "node paused true",
  "node paused false",
  "node drain true",
  "node drain false",
  "remediation switched",
  "circuit breaker reset",
  "operation deleted",
  "leader deleted",
  "assignment deleted",
  "status deleted",
  "registration deleted",
  "cluster status deleted",
  "swarm record deleted",
  "worker token deleted",
  "voter assigned its own removal",
  "voter assigned another member id",
] as const;

/** The kinds that did not happen. */
export const unseen = (counts: ReadonlyMap<string, number>): string[] => KINDS.filter(kind => !counts.get(kind));

/** The counts in two columns, human-readable. */
export function countsTable(counts: ReadonlyMap<string, number>): string[] {
  const cells = KINDS.map(kind => `${kind.padEnd(38)} ${String(counts.get(kind) ?? 0).padStart(6)}`);
  const half = Math.ceil(cells.length / 2);
  return cells.slice(0, half).map((cell, index) => `  ${cell}    ${cells[half + index] ?? ""}`.trimEnd());
}

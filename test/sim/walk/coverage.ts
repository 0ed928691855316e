// The kinds of things that must happen in enough walks: a fault that never came about has tested nothing.

export const KINDS = [
  "power lost",
  "power lost of the leading controller",
  "power lost of etcd's leader",
  "power lost of the swarm's leader",
  "power lost in mid-operation",
  "power back",
  "gone for good",
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
  "host isolated",
  "leader isolated",
  "partition",
  "swarm port cut",
  "swarm port cut one way",
  "etcd port cut",
  "etcd's leader killed",
  "etcd member killed",
  "etcd quorum lost",
  "both rafts down, agent alive",
  "back and away again unseen",
  "answer of a write lost",
  "streams broken",
  "compacted while away",
  "managers ordered",
  "nonsense ordered",
  "paused",
  "resumed",
  "node eligible false",
  "node eligible true",
  "node paused true",
  "node paused false",
  "node drain true",
  "node drain false",
  "remediation switched",
  "breaker reset",
  "operation deleted",
  "leader deleted",
  "assignment deleted",
  "status deleted",
  "registration deleted",
  "cluster status deleted",
  "swarm record deleted",
  "worker token deleted",
  "voter told that it was removed",
  "voter told that it is another",
] as const;

/** The kinds that have not happened. */
export const unseen = (counts: ReadonlyMap<string, number>): string[] => KINDS.filter(kind => !counts.get(kind));

/** For people: two columns. */
export function countsTable(counts: ReadonlyMap<string, number>): string[] {
  const cells = KINDS.map(kind => `${kind.padEnd(38)} ${String(counts.get(kind) ?? 0).padStart(6)}`);
  const half = Math.ceil(cells.length / 2);
  return cells.slice(0, half).map((cell, index) => `  ${cell}    ${cells[half + index] ?? ""}`.trimEnd());
}

// The mutants that the simulation must find, as replacements in the sources. Add one for each new rule.

export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "quorum: a voter is removed although the others are no majority",
    file: "quorum/arithmetic.ts",
    from: "raft.voters > 1 && hasQuorum(raft) && hasQuorum(afterRemoving(raft, voterIsHealthy))",
    to: "raft.voters > 1",
  },
  {
    name: "fence: writes of a leader are not fenced",
    file: "coordination/leadership.ts",
    from: "kv.txn({ if: [term.fence, ...conditions], do: writes })",
    to: "kv.txn({ if: [...conditions], do: writes })",
  },
  {
    name: "deposed: a stopped leader acts on an answer that it receives after waking",
    file: "controller/loop/lead.ts",
    from: "if (!term.alive()) throw new Deposed(",
    to: "if (writes.length > 999) throw new Deposed(",
  },
  {
    name: "journal: steps run before the operation is written",
    file: "controller/effects/execute.ts",
    from: "[{ put: keys.operation, value: JSON.stringify(action.operation) }],",
    to: "[],",
  },
  {
    name: "swarm promotion before the host is an etcd voter",
    file: "controller/plan/membership/promote.ts",
    from: "  if (!node.member) return addLearner(world, operation, node);",
    to: '  if (!node.member && node.swarm?.role !== "manager") return promoteInSwarm(world, node);\n  if (!node.member) return addLearner(world, operation, node);',
  },
  {
    name: "grace: a silent manager is dead at once",
    file: "controller/state/unreachable.ts",
    from: "reason === undefined && input.now >= until",
    to: "reason === undefined",
  },
  {
    name: "lease: a registered node can be dead",
    file: "controller/state/unreachable.ts",
    from: 'return "its agent is still registered";',
    to: "return undefined;",
  },
  {
    name: "timers: neither a new leader nor a time without observations restarts them",
    file: "controller/state/unreachable.ts",
    from: "since >= input.watchedSince && ",
    to: "",
  },
  {
    name: "a node that only one raft cannot reach counts as dead",
    file: "controller/state/unreachable.ts",
    from: "(member === undefined || !member.healthy) && (swarmNode",
    to: "(member === undefined || !member.healthy) || (swarmNode",
  },
  {
    name: "roll back: a promotion that does not finish is never rolled back",
    file: "controller/plan/membership/promote.ts",
    from: 'if (next.kind === "done" || world.input.now <= Date.parse(operation.deadline)) return next;',
    to: 'if (operation.deadline !== "") return next;',
  },
  {
    name: "paused: spec/paused is ignored",
    file: "controller/plan/membership/membership.ts",
    from: "if (spec.paused) return PAUSED;",
    to: "if (spec.paused && spec.managers === 0) return PAUSED;",
  },
  {
    name: "removal: the etcd member of a dead manager stays",
    file: "controller/plan/membership/replace.ts",
    from: "  if (member) {\n",
    to: "  if (member && !swarmNode) {\n",
  },
  {
    name: "demotion: etcd before the swarm",
    file: "controller/plan/membership/demote.ts",
    from: "  if (untouched) return leaveSwarmRaft(world, operation, node);\n",
    to: "  if (node.member) return leaveEtcd(world, node);\n  if (untouched) return leaveSwarmRaft(world, operation, node);\n",
  },
  {
    name: "two operations: one begins while another is in progress",
    file: "controller/plan/membership/membership.ts",
    from: "return operation ? continueOperation(world, operation) : begin(world, lock);",
    to: "return operation && world.input.now % 5 !== 0 ? continueOperation(world, operation) : begin(world, lock);",
  },
  {
    name: "wipe: without asking a quorum whether the member is removed",
    file: "agent/assignment/etcd-steps.ts",
    from: "const uncertainty = removalUncertainty(await askMembers(agent, step.endpoints), claim);",
    to: "const uncertainty = claim.removed.length > 9 ? removalUncertainty(await askMembers(agent, step.endpoints), claim) : undefined;",
  },
  {
    name: "agent: considers its assignment from before a crash applied",
    file: "agent/assignment/plan.ts",
    from: "if (etcd.member === wanted.member || etcd.member === undefined) return",
    to: 'if (etcd.member !== "") return',
  },
  {
    name: "lock: a swarm is created without reading the swarm record first",
    file: "agent/swarm/decide.ts",
    from: '    if (view.mayInit === "yes") return { do: "announce" };',
    to: '    if (view.mayInit === "yes") return { do: "init" };',
  },
  {
    name: "registration: a lost lease is not granted again",
    file: "agent/register.ts",
    from: "        await clock.sleep(waits.next(), signal);\n      }\n    },",
    to: "        await clock.sleep(waits.next() * 1e6, signal);\n      }\n    },",
  },
  {
    name: "watch: a broken stream resumes after the events in between",
    file: "coordination/informer.ts",
    from: 'listNext ||= error.kind === "compacted";',
    to: "listNext = false;",
  },
  {
    name: "drain: a drained node stays drained",
    file: "controller/plan/drains.ts",
    from: 'wanted ? swarm.availability === "drain" : !swarm.drained',
    to: 'wanted === undefined || swarm.availability === "drain"',
  },
  {
    name: "idle: the status is written in every round",
    file: "controller/loop/publish.ts",
    from: "if (!report || same(report, known.cluster)) return [];",
    to: "if (!report) return [];",
  },
];

// The mistakes that the simulation must find, as replacements in the sources: one list, to be longer with each feature.

export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "quorum: a vote is taken whether or not the others are a majority",
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
    name: "deposed: a leader that slept acts on the answer that it finds on waking",
    file: "controller/loop/lead.ts",
    from: "if (!term.alive()) throw new Deposed(",
    to: "if (writes.length > 999) throw new Deposed(",
  },
  {
    name: "journal: steps are taken without the operation being written first",
    file: "controller/effects/execute.ts",
    from: "[{ put: keys.operation, value: JSON.stringify(action.operation) }],",
    to: "[],",
  },
  {
    name: "swarm promotion before the host is an etcd voter",
    file: "controller/plan/membership/promote.ts",
    from: "  if (!host.member) return addLearner(world, operation, host);",
    to: '  if (!host.member && host.swarm?.role !== "manager") return promoteInSwarm(world, host);\n  if (!host.member) return addLearner(world, operation, host);',
  },
  {
    name: "grace: a silent manager is dead at once",
    file: "controller/state/unreachable.ts",
    from: "obstacle === undefined && input.now >= until",
    to: "obstacle === undefined",
  },
  {
    name: "lease: who is registered can be dead",
    file: "controller/state/unreachable.ts",
    from: 'return "its agent is still registered";',
    to: "return undefined;",
  },
  {
    name: "timers: another swarm leader does not start them again, nor a blind spell",
    file: "controller/state/unreachable.ts",
    from: "since >= input.watchedSince && ",
    to: "",
  },
  {
    name: "silence of one raft is taken for death",
    file: "controller/state/unreachable.ts",
    from: "(member === undefined || !member.healthy) && (swarmNode",
    to: "(member === undefined || !member.healthy) || (swarmNode",
  },
  {
    name: "undo: a promotion that does not come up is never rolled back",
    file: "controller/plan/membership/promote.ts",
    from: 'if (next.kind === "done" || world.input.now <= Date.parse(operation.deadline)) return next;',
    to: 'if (operation.deadline !== "") return next;',
  },
  {
    name: "paused: the order to stand still is not heeded",
    file: "controller/plan/membership/membership.ts",
    from: "if (spec.paused) return PAUSED;",
    to: "if (spec.paused && spec.managers === 0) return PAUSED;",
  },
  {
    name: "removal: the etcd member of a dead manager is left",
    file: "controller/plan/membership/replace.ts",
    from: "  if (member) {\n",
    to: "  if (member && !node) {\n",
  },
  {
    name: "demotion: etcd before the swarm",
    file: "controller/plan/membership/demote.ts",
    from: "  if (untouched) return leaveSwarmRaft(world, operation, host);\n",
    to: "  if (host.member) return leaveEtcd(world, host);\n  if (untouched) return leaveSwarmRaft(world, operation, host);\n",
  },
  {
    name: "two operations: another one is begun while one is in flight",
    file: "controller/plan/membership/membership.ts",
    from: "return operation ? goOn(world, operation) : begin(world, lock);",
    to: "return operation && world.input.now % 5 !== 0 ? goOn(world, operation) : begin(world, lock);",
  },
  {
    name: "wipe: without asking a quorum whether the member is removed",
    file: "agent/assignment/apply.ts",
    from: "const uncertainty = removalUncertainty(await askMembers(agent, step.endpoints), asked);",
    to: "const uncertainty = asked.removed.length > 9 ? removalUncertainty(await askMembers(agent, step.endpoints), asked) : undefined;",
  },
  {
    name: "agent: takes its assignment from before a crash for reached",
    file: "agent/assignment/plan.ts",
    from: "if (etcd.member === wanted.member || etcd.member === undefined) return",
    to: 'if (etcd.member !== "") return',
  },
  {
    name: "lock: the record of the swarm is not looked for before one is made",
    file: "agent/swarm/decide.ts",
    from: '    if (view.mayInit === "yes") return { do: "announce" };',
    to: '    if (view.mayInit === "yes") return { do: "init" };',
  },
  {
    name: "registration: a lost lease is not asked for again",
    file: "agent/register.ts",
    from: "        await clock.sleep(waits.next(), signal);\n      }\n    },",
    to: "        await clock.sleep(waits.next() * 1e6, signal);\n      }\n    },",
  },
  {
    name: "watch: a broken stream is resumed after what has happened meanwhile",
    file: "coordination/informer.ts",
    from: 'listNext ||= error.kind === "compacted";',
    to: "listNext = false;",
  },
  {
    name: "drain: what was drained stays so",
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

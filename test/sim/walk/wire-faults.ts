// Faults of the network and of etcd: nodes, ports or single directions that are cut off, members that die, lost answers,
// broken streams, compacted history.
import { keys } from "../../fakes/world.ts";
import { clientsOf, controllers, etcdLeader, powered, swarmLeader, type WalkContext } from "./context.ts";
import type { Fault } from "./node-faults.ts";

const MEMBER_DOWN_MS = [200, 12_000] as const;

function healLater({ cluster, chance, note, later }: WalkContext): void {
  later(chance.spread(1_000, 100_000), () => {
    cluster.heal();
    cluster.invariants.disturbed();
    note("the network is healed");
  });
}

const isolate: Fault = context => {
  const { cluster, chance, happened } = context;
  const leaders = [cluster.leader(), etcdLeader(context), swarmLeader(context)].filter(node => node !== undefined);
  const leads = chance.percent(50) && leaders.length > 0;
  const node = chance.pick(leads ? leaders : cluster.nodes);
  if (!node) return;
  cluster.isolate(node.name);
  happened(leads ? "leader isolated" : "node isolated", node.name);
  healLater(context);
};

const partition: Fault = context => {
  const { cluster, chance, happened } = context;
  const some = cluster.nodes.filter(() => chance.percent(45)).map(node => node.name);
  if (some.length === 0 || some.length === cluster.nodes.length) return;
  cluster.part(some);
  happened("partition", `${some.join(", ")} from the rest`);
  healLater(context);
};

const cutPort: Fault = context => {
  const { cluster, chance, happened } = context;
  const node = chance.pick(cluster.nodes);
  if (!node) return;
  const others = cluster.nodes.map(one => one.name).filter(name => name !== node.name);
  const port = chance.pick(["swarm", "etcd", "one way"] as const);
  if (port === "swarm") cluster.docker.cut([node.name], others);
  if (port === "etcd") cluster.etcd.network.cut([node.address], cluster.addresses(others));
  if (port === "one way") {
    if (chance.percent(50)) cluster.docker.cutOneWay([node.name], others);
    else cluster.docker.cutOneWay(others, [node.name]);
  }
  happened(port === "one way" ? "swarm port cut one way" : `${port} port cut`, node.name);
  healLater(context);
};

const killMember: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const members = cluster.etcd.state().filter(member => member.up);
  const leads = chance.percent(60);
  const member = leads ? members.find(({ id }) => id === cluster.etcd.members.leader) : chance.pick(members);
  if (!member) return;
  cluster.etcd.stopMember(member.id);
  happened(leads ? "etcd's leader killed" : "etcd member killed", member.host);
  later(chance.spread(...MEMBER_DOWN_MS), () => startMembers(context));
};

const loseQuorum: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const up = cluster.etcd.state().filter(member => member.up && !member.learner);
  const doomed = up.slice(0, Math.ceil(up.length / 2));
  for (const { id } of doomed) cluster.etcd.stopMember(id);
  happened("etcd quorum lost", doomed.map(({ host }) => host).join(", "));
  later(chance.spread(1_000, 60_000), () => startMembers(context));
};

/** Starts the members that ended, as systemd does, if their nodes run and have their data. */
export function startMembers({ cluster, note }: WalkContext): void {
  for (const { id, up, host, name } of cluster.etcd.state()) {
    const machine = cluster.nodes.find(({ address }) => address === host);
    if (up || name === "" || !machine?.powered || !machine.hasData()) continue;
    cluster.etcd.startMember(id);
    note(`etcd on ${machine.name} runs again`);
  }
}

const loseAnswers: Fault = context => {
  const { cluster, chance, happened } = context;
  const node = chance.percent(70) ? cluster.leader() : chance.pick(powered(context));
  const clients = node ? clientsOf(context, node) : [];
  for (const client of clients) client.loseAnswers(1);
  if (node && clients.length > 0) happened("answer of a write lost", node.name);
};

const breakStreams: Fault = context => {
  const { cluster, chance, happened } = context;
  const compacts = chance.percent(50);
  for (const node of cluster.nodes) for (const client of clientsOf(context, node)) client.breakStreams();
  // Watchers that reconnect find a history that begins later.
  if (compacts) cluster.etcd.compact();
  happened(compacts ? "compacted while disconnected" : "streams broken", "on all nodes");
};

/** Makes a manager unreachable in both rafts while its agent stays healthy. */
const killBothRafts: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const member = chance.pick(cluster.etcd.state().filter(one => one.up && !one.learner));
  const node = cluster.nodes.find(one => one.address === member?.host);
  if (!member || !node?.powered || !node.registered()) return;
  cluster.etcd.stopMember(member.id);
  cluster.docker.kill(node.name);
  happened("both rafts down, agent alive", node.name);
  later(chance.spread(20_000, 120_000), () => {
    startMembers(context);
    if (node.powered) cluster.docker.start(node.name);
  });
};

/**
 * Isolates a node, heals it while all controllers are stopped, and isolates it again when they wake: two outages, each
 * within the grace, that must not count as one long outage.
 */
const returnUnobserved: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const node = chance.pick(cluster.nodes.filter(one => cluster.voters().includes(one.name)));
  if (!node) return;
  const grace = Number(cluster.etcd.store.get(keys.spec.of("remediation/grace-seconds"))?.value ?? 60) * 1_000;
  const away = chance.int(10_000, 25_000);
  const unobserved = grace + chance.int(25_000, 40_000);
  const again = away + unobserved - grace / 2;
  const isolate = () => {
    cluster.isolate(node.name);
    cluster.invariants.disturbed();
  };
  const heal = () => {
    cluster.heal();
    cluster.invariants.disturbed();
  };
  isolate();
  later(away, () => {
    for (const controller of controllers(context)) controller.stop(unobserved);
    heal();
    happened("back and unreachable again, unobserved", node.name);
  });
  later(again, isolate);
  later(again + grace - 5_000, heal);
};

export const wireFaults: readonly (readonly [weight: number, Fault])[] = [
  [4, isolate],
  [2, partition],
  [3, cutPort],
  [2, killMember],
  [1, loseQuorum],
  [1, killBothRafts],
  [1, returnUnobserved],
  [2, loseAnswers],
  [2, breakStreams],
];

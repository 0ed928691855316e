// What befalls the network and etcd: hosts cut off, one port or one direction lost, members that die, answers that do
// not arrive, streams that break, a history that is forgotten.
import { keys } from "../../fakes/world.ts";
import { clientsOf, controllers, etcdLeader, powered, swarmLeader, type WalkContext } from "./context.ts";
import type { Fault } from "./host-faults.ts";

const MEMBER_DOWN_MS = [200, 12_000] as const;

function mendLater({ cluster, chance, note, later }: WalkContext): void {
  later(chance.spread(1_000, 100_000), () => {
    cluster.mend();
    cluster.invariants.disturbed();
    note("the network is mended");
  });
}

const isolate: Fault = context => {
  const { cluster, chance, happened } = context;
  const leaders = [cluster.leader(), etcdLeader(context), swarmLeader(context)].filter(host => host !== undefined);
  const leads = chance.percent(50) && leaders.length > 0;
  const host = chance.pick(leads ? leaders : cluster.nodes);
  if (!host) return;
  cluster.isolate(host.name);
  happened(leads ? "leader isolated" : "host isolated", host.name);
  mendLater(context);
};

const partition: Fault = context => {
  const { cluster, chance, happened } = context;
  const some = cluster.nodes.filter(() => chance.percent(45)).map(host => host.name);
  if (some.length === 0 || some.length === cluster.nodes.length) return;
  cluster.part(some);
  happened("partition", `${some.join(", ")} from the rest`);
  mendLater(context);
};

const cutPort: Fault = context => {
  const { cluster, chance, happened } = context;
  const host = chance.pick(cluster.nodes);
  if (!host) return;
  const others = cluster.nodes.map(one => one.name).filter(name => name !== host.name);
  const port = chance.pick(["swarm", "etcd", "one way"] as const);
  if (port === "swarm") cluster.docker.cut([host.name], others);
  if (port === "etcd") cluster.etcd.network.cut([host.address], cluster.addresses(others));
  if (port === "one way") {
    if (chance.percent(50)) cluster.docker.cutOneWay([host.name], others);
    else cluster.docker.cutOneWay(others, [host.name]);
  }
  happened(port === "one way" ? "swarm port cut one way" : `${port} port cut`, host.name);
  mendLater(context);
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

/** What systemd does with members that ended: those whose host runs, and whose data are there. */
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
  const host = chance.percent(70) ? cluster.leader() : chance.pick(powered(context));
  const clients = host ? clientsOf(context, host) : [];
  for (const client of clients) client.loseAnswers(1);
  if (host && clients.length > 0) happened("answer of a write lost", host.name);
};

const breakStreams: Fault = context => {
  const { cluster, chance, happened } = context;
  const compacts = chance.percent(50);
  for (const host of cluster.nodes) for (const client of clientsOf(context, host)) client.breakStreams();
  // Whoever watched comes back to a history that begins later.
  if (compacts) cluster.etcd.compact();
  happened(compacts ? "compacted while away" : "streams broken", "on all hosts");
};

/** A manager of which neither raft hears anything, while its agent is as well as can be. */
const killBothRafts: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const member = chance.pick(cluster.etcd.state().filter(one => one.up && !one.learner));
  const host = cluster.nodes.find(one => one.address === member?.host);
  if (!member || !host?.powered || !host.registered()) return;
  cluster.etcd.stopMember(member.id);
  cluster.docker.kill(host.name);
  happened("both rafts down, agent alive", host.name);
  later(chance.spread(20_000, 120_000), () => {
    startMembers(context);
    if (host.powered) cluster.docker.start(host.name);
  });
};

/**
 * Away, well for a while in which no controller looks, and away again when they wake: two absences, each within the
 * grace, that make no long one.
 */
const comeUnseen: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const host = chance.pick(cluster.nodes.filter(one => cluster.voters().includes(one.name)));
  if (!host) return;
  const grace = Number(cluster.etcd.store.get(keys.spec.of("remediation/grace-seconds"))?.value ?? 60) * 1_000;
  const away = chance.int(10_000, 25_000);
  const unseen = grace + chance.int(25_000, 40_000);
  const again = away + unseen - grace / 2;
  const isolate = () => {
    cluster.isolate(host.name);
    cluster.invariants.disturbed();
  };
  const mend = () => {
    cluster.mend();
    cluster.invariants.disturbed();
  };
  isolate();
  later(away, () => {
    for (const controller of controllers(context)) controller.stop(unseen);
    mend();
    happened("back and away again unseen", host.name);
  });
  later(again, isolate);
  later(again + grace - 5_000, mend);
};

export const wireFaults: readonly (readonly [weight: number, Fault])[] = [
  [4, isolate],
  [2, partition],
  [3, cutPort],
  [2, killMember],
  [1, loseQuorum],
  [1, killBothRafts],
  [1, comeUnseen],
  [2, loseAnswers],
  [2, breakStreams],
];

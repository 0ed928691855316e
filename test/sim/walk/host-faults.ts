// What befalls hosts and their programs: power, crashes, a process that stands still, docker that dies or falls silent,
// clocks that are wrong.
import type { FakeNode } from "../../fakes/world.ts";
import { controllers, etcdLeader, leadingController, powered, swarmLeader, type WalkContext } from "./context.ts";

export type Fault = (context: WalkContext) => void | Promise<void>;

/** A leader's lease, and more than that. */
const LEASE_MS = 10_000;
const HOUR_MS = 3_600_000;

function cutPower(context: WalkContext, host: FakeNode | undefined, kind: string): void {
  if (!host?.powered) return;
  const operation = context.cluster.operation();
  host.cutPower();
  context.happened(kind, host.name);
  if (operation) context.happened("power lost in mid-operation", operation.id);
  // Some stay off until the end of the walk.
  if (context.chance.percent(60))
    context.later(context.chance.spread(2_000, 150_000), () => restorePower(context, host));
}

export function restorePower(context: WalkContext, host: FakeNode): void {
  if (host.powered) return;
  host.restorePower();
  context.happened("power back", host.name);
}

const losePower: Fault = context => cutPower(context, context.chance.pick(powered(context)), "power lost");

const loseLeader: Fault = context => {
  const [kind, host] = context.chance.pick([
    ["power lost of the leading controller", context.cluster.leader()],
    ["power lost of etcd's leader", etcdLeader(context)],
    ["power lost of the swarm's leader", swarmLeader(context)],
  ] as const) ?? ["", undefined];
  cutPower(context, host, kind);
};

const crashAgent: Fault = context => {
  const host = context.chance.pick(powered(context));
  if (!host) return;
  const when = context.chance.percent(50) ? "before" : "after";
  const call = host.calls + context.chance.int(1, 4);
  host.fault = { call, when, end: "crash" };
  context.later(20_000, () => {
    if (host.fault?.call === call) {
      host.fault = undefined;
      host.crash();
      context.happened("agent crash", host.name);
    } else context.happened(`agent crash ${when} a write`, host.name);
  });
};

const crashController: Fault = ({ cluster, chance, happened, later }) => {
  const when = chance.percent(50) ? "before" : "after";
  const fault = { write: cluster.writes + chance.int(1, 12), when } as const;
  cluster.fault = fault;
  later(30_000, () => {
    if (cluster.fault === fault) cluster.fault = undefined;
    else happened(`controller crash ${when} a write`, `write ${fault.write} of all controllers`);
  });
};

/** A process that sleeps through the end of its lease, and wakes in the middle of what it was doing. */
const stopController: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const ms = chance.int(LEASE_MS / 2, LEASE_MS * 4);
  if (chance.percent(70)) {
    const when = chance.percent(25) ? "before" : "after";
    const write = chance.percent(50) ? "next step" : cluster.writes + chance.int(1, 10);
    const fault = { write, when, stopMs: ms } as const;
    cluster.fault = fault;
    later(30_000, () => {
      if (cluster.fault === fault) cluster.fault = undefined;
      else
        happened(
          "controller stopped in mid-reconcile",
          `${when} ${write === "next step" ? "a step" : `write ${write}`}, for ${ms} ms`,
        );
    });
    return;
  }
  const controller = leadingController(context) ?? chance.pick(controllers(context));
  if (!controller) return;
  const hasLeader = cluster.leader() === controller.host;
  controller.stop(ms);
  happened("controller stopped", `${controller.host.name} for ${ms} ms`);
  later(ms + 1, () => {
    if (hasLeader && cluster.leader() !== controller.host) happened("woke without its lease", controller.host.name);
  });
};

const restartDocker: Fault = ({ cluster, chance, happened, later }) => {
  const host = chance.pick(cluster.nodes.filter(one => one.powered));
  if (!host) return;
  cluster.docker.kill(host.name);
  happened("docker killed", host.name);
  later(chance.spread(500, 60_000), () => {
    if (!host.powered) return;
    cluster.docker.start(host.name);
    happened("docker started again", host.name);
  });
};

const silenceDocker: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const host = cluster.leader() ?? chance.pick(powered(context));
  if (!host) return;
  cluster.silentDockers.add(host.name);
  happened("docker silent", host.name);
  later(chance.spread(2_000, 50_000), () => cluster.silentDockers.delete(host.name));
};

const shiftWall: Fault = ({ cluster, chance, happened }) => {
  const hosts = chance.percent(40) ? cluster.nodes : [chance.pick(cluster.nodes)];
  const ms = chance.percent(50) ? HOUR_MS : -HOUR_MS;
  for (const host of hosts) if (host) host.wallAhead += ms;
  const names = hosts.map(host => host?.name).join(", ");
  happened(ms > 0 ? "wall clock an hour ahead" : "wall clock an hour behind", names);
};

export const hostFaults: readonly (readonly [weight: number, Fault])[] = [
  [3, losePower],
  [3, loseLeader],
  [2, crashAgent],
  [3, crashController],
  [3, stopController],
  [2, restartDocker],
  [1, silenceDocker],
  [1, shiftWall],
];

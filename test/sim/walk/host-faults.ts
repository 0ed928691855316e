// What befalls hosts and their programs: power, crashes, a process that stands still, docker that dies or falls silent,
// clocks that are wrong.
import type { TwinHost } from "../../fakes/world.ts";
import { controllers, etcdLeader, leadingController, powered, type Stage, swarmLeader } from "./context.ts";

export type Fault = (stage: Stage) => void | Promise<void>;

/** A leader's lease, and more than that. */
const LEASE_MS = 10_000;
const HOUR_MS = 3_600_000;

function cutPower(stage: Stage, host: TwinHost | undefined, kind: string): void {
  if (!host?.powered) return;
  const operation = stage.cluster.operation();
  host.cutPower();
  stage.happened(kind, host.name);
  if (operation) stage.happened("power lost in mid-operation", operation.id);
  // Some stay off until the end of the walk.
  if (stage.chance.percent(60)) stage.later(stage.chance.spread(2_000, 150_000), () => restorePower(stage, host));
}

export function restorePower(stage: Stage, host: TwinHost): void {
  if (host.powered) return;
  host.restorePower();
  stage.happened("power back", host.name);
}

const losePower: Fault = stage => cutPower(stage, stage.chance.pick(powered(stage)), "power lost");

const loseLeader: Fault = stage => {
  const [kind, host] = stage.chance.pick([
    ["power lost of the leading controller", stage.cluster.leader()],
    ["power lost of etcd's leader", etcdLeader(stage)],
    ["power lost of the swarm's leader", swarmLeader(stage)],
  ] as const) ?? ["", undefined];
  cutPower(stage, host, kind);
};

const crashAgent: Fault = stage => {
  const host = stage.chance.pick(powered(stage));
  if (!host) return;
  const when = stage.chance.percent(50) ? "before" : "after";
  const call = host.calls + stage.chance.int(1, 4);
  host.fault = { call, when, end: "crash" };
  stage.later(20_000, () => {
    if (host.fault?.call === call) {
      host.fault = undefined;
      host.crash();
      stage.happened("agent crash", host.name);
    } else stage.happened(`agent crash ${when} a write`, host.name);
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
const stopController: Fault = stage => {
  const { cluster, chance, happened, later } = stage;
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
  const controller = leadingController(stage) ?? chance.pick(controllers(stage));
  if (!controller) return;
  const led = cluster.leader() === controller.host;
  controller.stop(ms);
  happened("controller stopped", `${controller.host.name} for ${ms} ms`);
  later(ms + 1, () => {
    if (led && cluster.leader() !== controller.host) happened("woke without its lease", controller.host.name);
  });
};

const restartDocker: Fault = ({ cluster, chance, happened, later }) => {
  const host = chance.pick(cluster.hosts.filter(one => one.powered));
  if (!host) return;
  cluster.docker.kill(host.name);
  happened("docker killed", host.name);
  later(chance.spread(500, 60_000), () => {
    if (!host.powered) return;
    cluster.docker.start(host.name);
    happened("docker started again", host.name);
  });
};

const silenceDocker: Fault = stage => {
  const { cluster, chance, happened, later } = stage;
  const host = cluster.leader() ?? chance.pick(powered(stage));
  if (!host) return;
  cluster.silentDockers.add(host.name);
  happened("docker silent", host.name);
  later(chance.spread(2_000, 50_000), () => cluster.silentDockers.delete(host.name));
};

const shiftWall: Fault = ({ cluster, chance, happened }) => {
  const hosts = chance.percent(40) ? cluster.hosts : [chance.pick(cluster.hosts)];
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

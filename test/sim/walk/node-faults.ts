// Faults of nodes and their programs: power loss, crashes, stopped processes, a Docker that dies or does not answer, wrong
// clocks.
import type { FakeNode } from "../../fakes/world.ts";
import { controllers, etcdLeader, leadingController, powered, swarmLeader, type WalkContext } from "./context.ts";

export type Fault = (context: WalkContext) => void | Promise<void>;

/** At least a leader's lease. */
const LEASE_MS = 10_000;
const HOUR_MS = 3_600_000;

function cutPower(context: WalkContext, node: FakeNode | undefined, kind: string): void {
  if (!node?.powered) return;
  const operation = context.cluster.operation();
  node.cutPower();
  context.happened(kind, node.name);
  if (operation) context.happened("power lost in mid-operation", operation.id);
  // Some stay off until the end of the walk.
  if (context.chance.percent(60))
    context.later(context.chance.spread(2_000, 150_000), () => restorePower(context, node));
}

export function restorePower(context: WalkContext, node: FakeNode): void {
  if (node.powered) return;
  node.restorePower();
  context.happened("power back", node.name);
}

const losePower: Fault = context => cutPower(context, context.chance.pick(powered(context)), "power lost");

const loseLeader: Fault = context => {
  const [kind, node] = context.chance.pick([
    ["power lost of the leading controller", context.cluster.leader()],
    ["power lost of etcd's leader", etcdLeader(context)],
    ["power lost of the swarm's leader", swarmLeader(context)],
  ] as const) ?? ["", undefined];
  cutPower(context, node, kind);
};

const crashAgent: Fault = context => {
  const node = context.chance.pick(powered(context));
  if (!node) return;
  const when = context.chance.percent(50) ? "before" : "after";
  const call = node.calls + context.chance.int(1, 4);
  node.fault = { call, when, end: "crash" };
  context.later(20_000, () => {
    if (node.fault?.call === call) {
      node.fault = undefined;
      node.crash();
      context.happened("agent crash", node.name);
    } else context.happened(`agent crash ${when} a write`, node.name);
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

/** Stops a controller for longer than its lease, so that it wakes in the middle of a round. */
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
  const hasLeader = cluster.leader() === controller.node;
  controller.stop(ms);
  happened("controller stopped", `${controller.node.name} for ${ms} ms`);
  later(ms + 1, () => {
    if (hasLeader && cluster.leader() !== controller.node) happened("woke without its lease", controller.node.name);
  });
};

const restartDocker: Fault = ({ cluster, chance, happened, later }) => {
  const node = chance.pick(cluster.nodes.filter(one => one.powered));
  if (!node) return;
  cluster.docker.kill(node.name);
  happened("docker killed", node.name);
  later(chance.spread(500, 60_000), () => {
    if (!node.powered) return;
    cluster.docker.start(node.name);
    happened("docker started again", node.name);
  });
};

const silenceDocker: Fault = context => {
  const { cluster, chance, happened, later } = context;
  const node = cluster.leader() ?? chance.pick(powered(context));
  if (!node) return;
  cluster.silentDockers.add(node.name);
  happened("docker silent", node.name);
  later(chance.spread(2_000, 50_000), () => cluster.silentDockers.delete(node.name));
};

const shiftWall: Fault = ({ cluster, chance, happened }) => {
  const nodes = chance.percent(40) ? cluster.nodes : [chance.pick(cluster.nodes)];
  const ms = chance.percent(50) ? HOUR_MS : -HOUR_MS;
  for (const node of nodes) if (node) node.wallAhead += ms;
  const names = nodes.map(node => node?.name).join(", ");
  happened(ms > 0 ? "wall clock an hour ahead" : "wall clock an hour behind", names);
};

export const nodeFaults: readonly (readonly [weight: number, Fault])[] = [
  [3, losePower],
  [3, loseLeader],
  [2, crashAgent],
  [3, crashController],
  [3, stopController],
  [2, restartDocker],
  [1, silenceDocker],
  [1, shiftWall],
];

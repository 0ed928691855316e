// The cluster of a walk, its random numbers, and the counts of faults. A fault counts when it has really happened.

import type { FakeEtcdClient } from "../../fakes/etcd/etcd.ts";
import type { FakeNode } from "../../fakes/world.ts";
import { Cluster, type Controller } from "../cluster.ts";
import { type Chance, chance } from "../random.ts";

export interface WalkContext {
  readonly cluster: Cluster;
  /** For the faults alone, so that random choices of the nodes do not shift them. */
  readonly chance: Chance;
  readonly counts: Map<string, number>;
  /** Counts a fault that has just happened and logs it. */
  happened(kind: string, text: string): void;
  /** Adds a line to the log of the nodes. */
  note(text: string): void;
  /** Calls `act` after this time, unless the walk has ended by then. */
  later(ms: number, act: () => void): void;
  /** Ends the walk: pending calls of `later` are dropped. */
  end(): void;
}

export interface Size {
  readonly managers: number;
  readonly workers: number;
}

export function contextOf(seed: number, size: Size): WalkContext {
  const nodeChance = chance(seed ^ 0x5eed);
  const cluster = new Cluster({ ...size, random: nodeChance.next });
  const counts = new Map<string, number>();
  let over = false;
  const note = (text: string) =>
    void cluster.log.push(JSON.stringify({ level: 35, host: "--", at: cluster.clock.monotonic(), msg: text }));
  return {
    cluster,
    chance: chance(seed),
    counts,
    note,
    happened(kind, text) {
      cluster.invariants.disturbed();
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      note(`${kind}: ${text}`);
    },
    later(ms, act) {
      void cluster.clock.sleep(ms).then(() => {
        if (!over) act();
      });
    },
    end() {
      over = true;
    },
  };
}

export const powered = ({ cluster }: WalkContext): FakeNode[] => cluster.nodes.filter(node => node.powered);

/** The node of the etcd leader. */
export function etcdLeader({ cluster }: WalkContext): FakeNode | undefined {
  const { leader } = cluster.etcd.members;
  const member = cluster.etcd.state().find(({ id }) => id === leader);
  return cluster.nodes.find(({ address }) => address === member?.host);
}

export function swarmLeader({ cluster }: WalkContext): FakeNode | undefined {
  const swarm = cluster.docker.state()[0];
  const node = swarm?.nodes.find(({ id }) => id === swarm.leader);
  return cluster.nodes.find(({ name }) => name === node?.name);
}

/** The running controllers. */
export const controllers = ({ cluster }: WalkContext): Controller[] =>
  [...cluster.controllers.values()].filter(({ ended, node }) => !ended && node.powered);

export function leadingController(context: WalkContext): Controller | undefined {
  const leader = context.cluster.leader();
  return controllers(context).find(({ node }) => node === leader);
}

export const clientsOf = ({ cluster }: WalkContext, node: FakeNode): FakeEtcdClient[] =>
  cluster.etcd.clientsOf(node.address);

// What the faults of a walk are done to, and where they are counted: a kind counts when it has really happened.

import type { FakeEtcdClient } from "../../fakes/etcd/etcd.ts";
import type { FakeNode } from "../../fakes/world.ts";
import { Cluster, type Controller } from "../cluster.ts";
import { type Chance, chance } from "../random.ts";

export interface WalkContext {
  readonly cluster: Cluster;
  /** For the faults alone: what the hosts leave to chance does not shift them. */
  readonly chance: Chance;
  readonly counts: Map<string, number>;
  /** It has happened, to whom it says. */
  happened(kind: string, words: string): void;
  /** Into the log, beside what the hosts say. */
  note(words: string): void;
  /** Once so much time has passed, unless the walk is over by then. */
  later(ms: number, act: () => void): void;
  /** The walk is over: nothing happens by itself any more. */
  end(): void;
}

export interface Size {
  readonly managers: number;
  readonly workers: number;
}

export function contextOf(seed: number, size: Size): WalkContext {
  const hosts = chance(seed ^ 0x5eed);
  const cluster = new Cluster({ ...size, random: hosts.next });
  const counts = new Map<string, number>();
  let over = false;
  const note = (words: string) =>
    void cluster.log.push(JSON.stringify({ level: 35, host: "--", at: cluster.clock.monotonic(), msg: words }));
  return {
    cluster,
    chance: chance(seed),
    counts,
    note,
    happened(kind, words) {
      cluster.invariants.disturbed();
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      note(`${kind}: ${words}`);
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

export const powered = ({ cluster }: WalkContext): FakeNode[] => cluster.nodes.filter(host => host.powered);

/** The host of etcd's leader. */
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

/** The controllers that run. */
export const controllers = ({ cluster }: WalkContext): Controller[] =>
  [...cluster.controllers.values()].filter(({ ended, host }) => !ended && host.powered);

export function leadingController(context: WalkContext): Controller | undefined {
  const leader = context.cluster.leader();
  return controllers(context).find(({ host }) => host === leader);
}

export const clientsOf = ({ cluster }: WalkContext, host: FakeNode): FakeEtcdClient[] =>
  cluster.etcd.clientsOf(host.address);

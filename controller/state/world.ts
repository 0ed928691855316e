// What planning stands on once both rafts could be seen: hosts joined, quorums counted.

import { etcdRaft, type Host, isPartlyManager, joinHosts, swarmRaft } from "./hosts.ts";
import type { EtcdState, PlanInput, SwarmState } from "./input.ts";
import type { Raft } from "./quorum.ts";
import { type Seat, seatsOf } from "./seats.ts";

export interface World {
  readonly input: PlanInput;
  readonly hosts: readonly Host[];
  /** Those of them that are managers in any part. */
  readonly managers: readonly Host[];
  readonly seats: readonly Seat[];
  readonly swarm: SwarmState;
  readonly etcd: EtcdState;
  readonly rafts: { readonly swarm: Raft; readonly etcd: Raft };
}

export function worldOf(input: PlanInput, swarm: SwarmState, etcd: EtcdState): World {
  const hosts = joinHosts(input, swarm, etcd);
  const managers = hosts.filter(isPartlyManager);
  return {
    input,
    hosts,
    managers,
    seats: seatsOf(managers, swarm, etcd),
    swarm,
    etcd,
    rafts: { swarm: swarmRaft(swarm), etcd: etcdRaft(etcd) },
  };
}
